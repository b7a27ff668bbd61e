import type { ItemProblem } from '../source.ts';

/** A file in an archive. */
export interface ArchiveEntry {
  /** As the archive has it. A folder's ends in `/`. */
  name: string;
  /** Bytes of the file, uncompressed. */
  size: number;
  /** For {@link Archive.read}. */
  at: string;
  problem?: ItemProblem | undefined;
}

/** Files in one container, each of which can be read by itself. */
export interface Archive {
  /** Of the container. */
  readonly url: string;
  readonly format: string;
  /** Every file and folder. @throws FORMAT_INVALID for an archive that ends too early or is none */
  entries(): AsyncIterable<ArchiveEntry>;
  /** Bytes of a file; fewer than `length` only at its end. @throws ItemUnreadable */
  read(at: string, offset: number, length: number): Promise<Buffer>;
}
