import { INPUT_SIDE, STORED_SIDE, CHANNELS } from './augmentation.ts';
import { Kernel, xxh128 } from './kernel.ts';
import {
  DIGEST_OFFSET,
  HEADER_BYTES,
  IMAGE_BYTES,
  layOutSlice,
  sliceBytes,
  type SliceParts,
} from './slice.ts';

const STORED_ROW_BYTES = STORED_SIDE * CHANNELS;
/** The rows that a crop is taken out of. */
const BAND_BYTES = INPUT_SIDE * STORED_ROW_BYTES;
const align = (offset: number): number => Math.ceil(offset / 16) * 16;

/**
 * Where one slice at a time is made: its bytes, and beside them room for the images that are being read. Memory that
 * is used again costs no page faults, which would take longer than the work itself.
 */
export class SliceWorkspace {
  /** Most samples of a slice. */
  readonly capacity: number;
  /** For whole rows of stored images, each as many as a crop has: uint8 [227, 256, 3]. */
  readonly bands: readonly Buffer[];
  readonly #kernel: Kernel;
  readonly #sliceAt: number;

  constructor(capacity: number, bands: number) {
    const bandBytes = align(BAND_BYTES);
    this.capacity = capacity;
    this.#sliceAt = bands * bandBytes;
    this.#kernel = new Kernel(this.#sliceAt + sliceBytes(capacity));
    this.bands = Array.from({ length: bands }, (_, band) =>
      this.#kernel.memory.subarray(band * bandBytes, band * bandBytes + BAND_BYTES),
    );
  }

  /** Begins a slice of `count` samples: fill its parts, then {@link SliceWorkspace.seal} its bytes. */
  begin(count: number): { bytes: Buffer; parts: SliceParts } {
    if (count > this.capacity) throw new RangeError(`${count} samples where ${this.capacity} have room`);
    const bytes = this.#kernel.memory.subarray(this.#sliceAt, this.#sliceAt + sliceBytes(count));
    return { bytes, parts: layOutSlice(bytes, count) };
  }

  /**
   * Crops the rows of a band, mirrored left to right when asked.
   * @param left first column, 0 … 29
   * @param pixels receives uint8 [227, 227, 3]; a part of the slice
   */
  crop(band: Buffer, left: number, mirror: boolean, pixels: Uint8Array): void {
    if (
      !Number.isInteger(left) ||
      left < 0 ||
      left > STORED_SIDE - INPUT_SIDE ||
      pixels.length !== IMAGE_BYTES
    ) {
      throw new RangeError(`a crop from column ${left} of ${pixels.length} bytes`);
    }
    const { byteOffset } = this.#kernel.memory;
    this.#kernel.crop(band.byteOffset - byteOffset + left * CHANNELS, pixels.byteOffset - byteOffset, mirror);
  }

  /** Writes the digest into the slice that {@link SliceWorkspace.begin} returned. */
  seal(bytes: Buffer): void {
    bytes.write(xxh128(bytes.subarray(HEADER_BYTES)), DIGEST_OFFSET, 'hex');
  }
}
