import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { renderSvg } from '@alexnet/images';

const SHAPES = {
  circle: (size: number) => `<circle cx="50" cy="50" r="${size}"/>`,
  square: (size: number) =>
    `<rect x="${50 - size}" y="${50 - size}" width="${2 * size}" height="${2 * size}"/>`,
  cross: (size: number) =>
    `<path d="M${50 - size} 50h${2 * size}M50 ${50 - size}v${2 * size}" stroke="currentColor" stroke-width="10"/>`,
};

/**
 * A folder of shapes, `train/CLASS/*` and `val/CLASS/*`, each picture a little different.
 * @param side of the pictures, in pixels
 * @returns the folder
 */
export async function drawShapes(
  folder: string,
  counts: { train: number; val: number },
  side = 96,
): Promise<string> {
  for (const [split, count] of Object.entries(counts)) {
    for (const [name, shape] of Object.entries(SHAPES)) {
      const target = path.join(folder, split, name);
      await mkdir(target, { recursive: true });
      for (let i = 0; i < count; i++) {
        const colour = `hsl(${(i * 47) % 360} 80% 40%)`;
        const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" color="${colour}" fill="${colour}">${shape(15 + ((i * 7) % 25))}</svg>`;
        await writeFile(path.join(target, `${i}.png`), await renderSvg(svg, side));
      }
    }
  }
  return folder;
}
