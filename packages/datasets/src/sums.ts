import { IMAGE_SIDE } from '@alexnet/images';

const PIXELS = IMAGE_SIDE * IMAGE_SIDE;
export const VALUES = PIXELS * 3;

/**
 * Exact integer sums over images, so that they come out the same in any order: of each value [256, 256, 3], of the
 * channels, and of the products of channels. For a shard of at most 65,536 images all fit in 2⁵³, and the sum of
 * one pixel in 2³².
 */
export class ImageSums {
  readonly pixels = new Uint32Array(VALUES);
  readonly channels = [0, 0, 0];
  /** rr, rg, rb, gg, gb, bb. */
  readonly products = [0, 0, 0, 0, 0, 0];

  /** @param rgb uint8 [256, 256, 3] */
  add(rgb: Uint8Array): void {
    const { pixels } = this;
    let [sr, sg, sb] = [0, 0, 0];
    let [rr, rg, rb, gg, gb, bb] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < VALUES; i += 3) {
      const r = rgb[i] as number;
      const g = rgb[i + 1] as number;
      const b = rgb[i + 2] as number;
      pixels[i] = (pixels[i] as number) + r;
      pixels[i + 1] = (pixels[i + 1] as number) + g;
      pixels[i + 2] = (pixels[i + 2] as number) + b;
      sr += r;
      sg += g;
      sb += b;
      rr += r * r;
      rg += r * g;
      rb += r * b;
      gg += g * g;
      gb += g * b;
      bb += b * b;
    }
    addTo(this.channels, [sr, sg, sb]);
    addTo(this.products, [rr, rg, rb, gg, gb, bb]);
  }

  /** uint32 [256, 256, 3], little-endian. */
  pixelBytes(): Buffer {
    const bytes = Buffer.allocUnsafe(VALUES * 4);
    for (let i = 0; i < VALUES; i++) bytes.writeUInt32LE(this.pixels[i] as number, i * 4);
    return bytes;
  }
}

function addTo(totals: number[], sums: readonly number[]): void {
  for (const [i, sum] of sums.entries()) totals[i] = (totals[i] ?? 0) + sum;
}
