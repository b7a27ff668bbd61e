import { AlexnetError } from '@alexnet/core';
import { UNREADABLE_REASONS } from '@alexnet/images';
import { z } from 'zod';
import type { ClutterReason } from './clutter.ts';

/** Why an item is not in the dataset: of its contents, or of the item itself. */
const REASONS = [
  ...UNREADABLE_REASONS,
  ...(['too-many-bytes', 'decoder-warning'] as const),
  ...(['dangling-link', 'unreadable', 'bad-name', 'missing', 'not-a-file'] as const),
] as const;

/** What keeps one item of a source from being read or decoded, while the rest of the source can be. */
export const ItemProblem = z.object({
  reason: z.enum(REASONS),
  /** What was found, for people. */
  detail: z.string(),
});
export type ItemProblem = z.infer<typeof ItemProblem>;

export interface SourceFile {
  /** `/`-separated, relative to the source. One that ends in `/` is of a folder that is empty or cannot be listed. */
  name: string;
  /** Bytes. */
  size: number;
  /** Of an item that is known to be unreadable. */
  problem?: ItemProblem | undefined;
  /** Of what is no part of a dataset. A folder that is left out is one entry, whatever is in it. */
  clutter?: ClutterReason;
}

/** Where image files come from. Nothing is ever written. */
export interface Source {
  /** Where this is, without credentials. */
  readonly url: string;
  /** Every file, every empty folder, and what is left out, in no promised order. */
  list(): AsyncIterable<SourceFile>;
  /**
   * A whole file.
   * @throws ItemUnreadable where the file is at fault; STORAGE_FAILED and the like where the source is, which may pass
   */
  read(name: string): Promise<Buffer>;
  /** Where folders may be links: the place of one with links resolved; undefined where it is not there. */
  realFolder?(name: string): Promise<string | undefined>;
  /** Likewise, once the source was listed: the names of the folders that are links. */
  linkedFolders?(): readonly string[];
  close(): Promise<void>;
}

export interface FoundFile extends SourceFile {
  /** Opaque; changes whenever the file's bytes change. */
  version: string;
}

/** A source whose files lie there as they are. */
export interface FileSource extends Source {
  /** A file by its name, without reading it; undefined where there is none. @throws as {@link Source.read} */
  find(name: string): Promise<FoundFile | undefined>;
}

/** STORAGE_FAILED for one item of a source that can be read otherwise. */
export class ItemUnreadable extends AlexnetError {
  readonly problem: ItemProblem;

  constructor(place: string, problem: ItemProblem, cause?: unknown) {
    super('STORAGE_FAILED', {
      expected: `to read ${place}`,
      actual: `${problem.reason}: ${problem.detail}`,
      remedy: 'Repair or delete it, then run the same command again.',
      cause,
    });
    this.problem = problem;
  }
}
