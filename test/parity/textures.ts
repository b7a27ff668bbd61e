import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { renderSvg } from '@alexnet/images';

const SIDE = 300;

/**
 * A folder of coloured clouds, `train/CLASS/*`, no two places of them alike: rounding seldom decides which of two
 * numbers in a window of a pooling is the largest, as it would in the even parts of a drawing. Returns the folder.
 */
export async function drawTextures(folder: string, classes: number, each: number): Promise<string> {
  for (let label = 0; label < classes; label++) {
    const target = path.join(folder, 'train', `texture-${label}`);
    await mkdir(target, { recursive: true });
    for (let i = 0; i < each; i++) {
      await writeFile(path.join(target, `${i}.png`), await renderSvg(texture(label, i), SIDE));
    }
  }
  return folder;
}

/** The class is the size and the colour of the clouds. */
function texture(label: number, i: number): string {
  const noise = `type="fractalNoise" numOctaves="5" baseFrequency="${0.04 * 1.25 ** label}" seed="${1 + i}"`;
  const opaque = '<feColorMatrix values="1.5 0 0 0 -0.25  0 1.5 0 0 -0.25  0 0 1.5 0 -0.25  0 0 0 0 1"/>';
  const turn = `<feColorMatrix type="hueRotate" values="${40 * label}"/>`;
  const filter = `<filter id="f" x="0" y="0" width="100%" height="100%"><feTurbulence ${noise}/>${opaque}${turn}</filter>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}">${filter}<rect width="${SIDE}" height="${SIDE}" filter="url(#f)"/></svg>`;
}
