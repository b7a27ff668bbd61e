import { IMAGE_SIDE } from './decode.ts';
import { sharp } from './sharp.ts';

/**
 * RGB as JPEG of quality 95 without chroma subsampling, for shards that should be small. Decoding gives pixels
 * close to these, not the same.
 * @param rgb uint8 [side, side, 3]
 */
export async function encodeJpeg(rgb: Uint8Array, side = IMAGE_SIDE): Promise<Buffer> {
  return await sharp(rgb, { raw: { width: side, height: side, channels: 3 } })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/**
 * Raw pixels as a PNG that decodes to the same.
 * @param pixels uint8 [height, width, channels], grey or RGB
 */
export async function encodePng(
  pixels: Uint8Array,
  size: { width: number; height: number; channels: 1 | 3 },
): Promise<Buffer> {
  return await sharp(pixels, { raw: size })
    .toColourspace(size.channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}

/**
 * A drawing as an RGB PNG of side × side pixels on white, scaled to fit and centred. Only for drawings that the
 * project ships: an SVG from elsewhere is never rendered.
 */
export async function renderSvg(svg: string | Buffer, side = IMAGE_SIDE): Promise<Buffer> {
  return await sharp(Buffer.from(svg))
    .resize(side, side, { fit: 'contain', background: '#fff' })
    .flatten({ background: '#fff' })
    .png()
    .toBuffer();
}

/** SVG's default resolution, at which a unit of a drawing is a pixel. */
const UNIT_DENSITY = 72;

/**
 * A drawing as an RGB PNG of `scale` pixels a unit, on white. Only for drawings that the project makes: an SVG from
 * elsewhere is never rendered. Words are drawn with the fonts that the machine has; without any
 * each letter is an empty box.
 */
export async function rasteriseSvg(svg: string, scale: number): Promise<Buffer> {
  // With pictures in it, a drawing is longer than the 10 MB that are read otherwise.
  return await sharp(Buffer.from(svg), { density: UNIT_DENSITY * scale, unlimited: true })
    .flatten({ background: '#fff' })
    .png()
    .toBuffer();
}
