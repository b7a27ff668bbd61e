import { AlexnetError } from '@alexnet/core';
import { UNREADABLE_REASONS } from '@alexnet/images';
import * as z from 'zod';
import type { ClutterReason } from './files/clutter.ts';
import type { Split } from './splits.ts';

/** Why an item is not in the dataset: of its contents, or of the item itself. */
const REASONS = [
  ...UNREADABLE_REASONS,
  ...(['too-many-bytes', 'decoder-warning'] as const),
  ...(['dangling-link', 'unreadable', 'bad-name', 'missing', 'not-a-file', 'no-label'] as const),
] as const;

/** What keeps one item of a source from being read or decoded, while the rest of the source can be. */
export const ItemProblem = z.object({
  reason: z.enum(REASONS),
  /** What was found, for people. */
  detail: z.string(),
});
export type ItemProblem = z.infer<typeof ItemProblem>;

/** What an item of a source is found by. */
export interface Item {
  /** `/`-separated, relative to the source. One that ends in `/` is of a folder that is empty or cannot be listed. */
  name: string;
  /**
   * Where the bytes lie, for items that are parts of a file or that are not where their name says. Only the source that
   * listed the item knows what it means; it stays true for as long as the files of the source do not change.
   */
  at?: string | undefined;
}

/** What an image shows, and what it is for. */
export interface Label {
  split: Split;
  class: string;
}

export interface SourceFile extends Item {
  /** Bytes; 0 where the source {@link Source.knowsSizes} not, and an average where one image of many cannot be told from the others. */
  size: number;
  /** What it is read together with, so that samples of one group are planned near to each other. */
  group?: string | undefined;
  /** Of an item that is known to be unreadable. */
  problem?: ItemProblem | undefined;
  /** Of what is no part of a dataset. A folder that is left out is one entry, whatever is in it. */
  clutter?: ClutterReason;
  /** Of every image in a source that {@link Source.isLabelled}. */
  label?: Label;
}

/** Where images come from. Nothing is ever written. */
export interface Source {
  /** Where this is, without credentials. */
  readonly url: string;
  /** What it was recognised as, for people: `a folder`, `WebDataset shards`. */
  readonly format: string;
  /** Whether it says itself what each image shows. Otherwise the folders do. */
  readonly isLabelled: boolean;
  /** False where the sizes that it lists are 0 since it does not know them. */
  readonly knowsSizes?: boolean;
  /** Every file, every empty folder, and what is left out, in no promised order. */
  list(): AsyncIterable<SourceFile>;
  /**
   * A whole file.
   * @throws ItemUnreadable where the file is at fault; STORAGE_FAILED and the like where the source is, which may pass
   */
  read(item: Item): Promise<Buffer>;
  /** What the classes are called, where their names are WNIDs: `n02012849` is a `crane`, and so is `n03126707`. */
  words?(): Promise<ReadonlyMap<string, string>>;
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

/** What lies directly in a folder. */
export interface Entry {
  /** Without the folders above it. */
  name: string;
  isFolder: boolean;
}

/** What reads the items of a source that was listed before. */
export type SourceReader = Pick<Source, 'read' | 'close'>;

/** Files in folders: on a disk, in a bucket or in an archive. */
export interface FileTree extends Source {
  /** A file by its name, without reading it; undefined where there is none. @throws as {@link Source.read} */
  find(name: string): Promise<FoundFile | undefined>;
  /**
   * The first `limit` entries of a folder, in no promised order; nothing where there is no such folder.
   * @param folder '' for the root
   */
  entries(folder: string, limit: number): Promise<Entry[]>;
  /** Bytes of a file; fewer than `length` only at its end. @throws as {@link Source.read} */
  readRange(item: Item, offset: number, length: number): Promise<Buffer>;
}

/** What containers are found and read in. */
export type ContainerTree = Pick<FileTree, 'url' | 'find' | 'read' | 'readRange' | 'close'>;

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
