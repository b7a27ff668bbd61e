import type { ItemProblem } from '../source.ts';

/** A file in an archive. */
export interface ArchiveEntry {
  /** As the archive has it. A folder's ends in `/`. */
  name: string;
  /** Bytes of the file, uncompressed. */
  size: number;
  /** Where its bytes are in the archive, as `readPlace` takes it. */
  place: string;
  problem?: ItemProblem | undefined;
}

/** What one container holds, each file of which can be read by itself. */
export interface Archive {
  /** Of the container. */
  readonly url: string;
  readonly format: string;
  /** Every file and folder. @throws FORMAT_INVALID for an archive that ends too early or is none */
  entries(): AsyncIterable<ArchiveEntry>;
}
