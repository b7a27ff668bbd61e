import { decodeSquare } from '@alexnet/images';
import { imageFile } from '@alexnet/images/testing';
import type { Colour, Format } from '@alexnet/images/testing';
import { raw } from '../parser.ts';
import type { Parser } from '../parser.ts';

const SIDE = 32;
const FORMATS: readonly Format[] = [
  'jpeg',
  'progressive',
  'cmyk jpeg',
  'png',
  'deep png',
  'gif',
  'webp',
  'tiff',
  'big tiff',
  'avif',
];
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="9" height="9"/></svg>';
const gradient = (row: number, column: number): Colour => [row * 5, column * 5, (row * column) % 256];

/** As large as the square at least, so that each decoder has its turn. */
export const images: Parser = {
  name: 'image',
  async open() {
    const files = FORMATS.map((format) => imageFile({ width: 44, height: 40, format }, gradient));
    return {
      documents: [...(await Promise.all(files)).map(raw), raw(Buffer.from(SVG))],
      read: (bytes) => decodeSquare(bytes, SIDE),
    };
  },
};
