import { CHANNELS, type View } from './augmentation.ts';
import type { Sides } from './augmentations/kind.ts';
import { Kernel, xxh128 } from './kernel.ts';
import {
  DIGEST_OFFSET,
  HEADER_BYTES,
  imageBytes,
  layOutSlice,
  sliceBytes,
  type SliceParts,
} from './slice.ts';

/** Of the rows that a crop is taken out of. */
const bandBytesOf = ({ stored, input }: Sides): number => input * stored * CHANNELS;
const align = (offset: number): number => Math.ceil(offset / 16) * 16;

/**
 * Where one slice at a time is made: its bytes, and beside them room for the images that are being read. Memory that
 * is used again costs no page faults, which would take longer than the work itself.
 */
export class SliceWorkspace {
  /** Most samples of a slice. */
  readonly capacity: number;
  readonly sides: Sides;
  /** For whole rows of stored images, each as many as a crop has: uint8 [input, stored, 3]. */
  readonly bands: readonly Buffer[];
  readonly #kernel: Kernel;
  readonly #sliceAt: number;

  constructor(capacity: number, sides: Sides, bands: number) {
    const bandBytes = align(bandBytesOf(sides));
    this.capacity = capacity;
    this.sides = sides;
    this.#sliceAt = bands * bandBytes;
    this.#kernel = new Kernel(this.#sliceAt + sliceBytes(capacity, sides.input));
    this.bands = Array.from({ length: bands }, (_, band) =>
      this.#kernel.memory.subarray(band * bandBytes, band * bandBytes + bandBytesOf(sides)),
    );
  }

  /** Begins a slice of `count` samples: fill its parts, then {@link SliceWorkspace.seal} its bytes. */
  begin(count: number): { bytes: Buffer; parts: SliceParts } {
    if (count > this.capacity) throw new RangeError(`${count} samples where ${this.capacity} have room`);
    const { input } = this.sides;
    const bytes = this.#kernel.memory.subarray(this.#sliceAt, this.#sliceAt + sliceBytes(count, input));
    return { bytes, parts: layOutSlice(bytes, count, input) };
  }

  /**
   * Crops the rows of a band.
   * @param band rows from the view's first one on
   * @param pixels receives uint8 [input, input, 3]; a part of the slice
   * @throws RangeError for a view that leaves the band, or pixels of another size
   */
  crop(band: Buffer, { left, mirror }: Pick<View, 'left' | 'mirror'>, pixels: Uint8Array): void {
    const { stored, input } = this.sides;
    const inside = Number.isInteger(left) && left >= 0 && left <= stored - input;
    if (!inside || pixels.length !== imageBytes(input)) {
      throw new RangeError(`a crop from column ${left} of ${pixels.length} bytes`);
    }
    const { byteOffset } = this.#kernel.memory;
    const source = band.byteOffset - byteOffset + left * CHANNELS;
    this.#kernel.crop(source, pixels.byteOffset - byteOffset, this.sides, mirror);
  }

  /** Writes the digest into the slice that {@link SliceWorkspace.begin} returned. */
  seal(bytes: Buffer): void {
    bytes.write(xxh128(bytes.subarray(HEADER_BYTES)), DIGEST_OFFSET, 'hex');
  }
}
