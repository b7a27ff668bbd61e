/** How many images the memory could copy, once each, on one core. Arguments: seconds. */
import { serveRounds } from '../serve-rounds.ts';

const IMAGE_BYTES = 227 * 227 * 3;
/** A slice's, back and forth between more of them than the processor's cache holds. */
const IMAGES = 32;
const slices = Array.from({ length: 16 }, (_, i) => Buffer.alloc(IMAGES * IMAGE_BYTES, i));
let at = 0;

await serveRounds(Number(process.argv[2]), () => {
  slices[at++ % slices.length]?.copy(slices[at % slices.length] as Buffer);
  return IMAGES;
});
