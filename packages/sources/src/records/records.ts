import { AlexnetError } from '@alexnet/core';
import type { FoundFile, Source, SourceFile } from '../source.ts';
import type { Split } from '../splits.ts';

/** The images of a split as they lie in their files, one record after the other. */
export interface Records {
  /** uint8 [count]. */
  readonly labels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Bytes of one record in its file. */
  readonly size: number;
  /** uint8 [height, width, channels] of the image at a place of `labels`. */
  pixels(index: number): Uint8Array;
}

export interface RecordSplit {
  readonly files: readonly FoundFile[];
  /** Reads and checks the files. @throws FORMAT_INVALID, and what reading throws */
  readonly read: () => Promise<Records>;
}

/** A dataset in the files that it was published in. */
export interface RecordSet {
  /** What it is called. */
  readonly format: string;
  /** `train`, and `val` where there are files of it. */
  readonly splits: ReadonlyMap<Split, RecordSplit>;
  /** How the class of a label is called. @throws FORMAT_INVALID, and what reading throws */
  readonly naming: () => Promise<(label: number) => string>;
}

/** Most bytes of a split's files, which are held in memory. MNIST has 47 million, CIFAR-10 154. */
export const BYTES_LIMIT = 1024 ** 3;

/** FORMAT_INVALID for one of the files. */
export function recordsInvalid(
  source: Source,
  { name }: SourceFile,
  details: { expected: string; actual: string; remedy?: string; cause?: unknown },
): AlexnetError {
  return new AlexnetError('FORMAT_INVALID', {
    remedy: 'Fetch the file again from where it is published.',
    ...details,
    expected: `${details.expected} in ${source.url}/${name}`,
  });
}

/** SOURCE_LAYOUT for files that are not all there. */
export function recordsMissing(source: Source, expected: string, missing: readonly string[]): AlexnetError {
  return new AlexnetError('SOURCE_LAYOUT', {
    expected: `${expected} in ${source.url}`,
    actual: `no ${missing.join(', no ')}`,
    remedy: 'Put the missing files there, under the names that they are published under.',
  });
}
