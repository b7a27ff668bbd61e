/**
 * From the bytes of an image file to pixels, and from pixels to what the net sees: decode, resize, crop, mirror,
 * lighting. Nothing else imports sharp.
 */
export { decodeImage, decodeSquare, IMAGE_SIDE } from './decode.ts';
export type { DecodeOptions } from './plain-jpeg.ts';
export type { ImageWarning, Square } from './decode.ts';
export { sniffFormat, SNIFFED_BYTES } from './format.ts';
export { loadSharp } from './sharp.ts';
export { contactSheet } from './contact-sheet.ts';
export { encodeJpeg, encodePng, rasteriseSvg, renderSvg } from './encode.ts';
export { centreOf, cropCentre, cropInto } from './crop.ts';
export type { Crop } from './crop.ts';
export { lightingOffset } from './lighting.ts';
export type { LightingMode, PrincipalComponents } from './lighting.ts';
export { HASH_BYTES, NEAR, nearDistance, perceptualHash } from './perceptual-hash.ts';
export { PIXEL_LIMIT, UNREADABLE_REASONS, unreadableReason } from './unreadable.ts';
export type { UnreadableReason } from './unreadable.ts';
