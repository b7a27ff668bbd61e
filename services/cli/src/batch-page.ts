import { printable } from '@alexnet/core';
import { encodePng } from '@alexnet/images';
import type { RecreatedBatch, RecreatedImage } from '@alexnet/pipeline';
import { FigureFiles } from './figure-files.ts';
import { signed } from './ui/format.ts';

/** Writes `index.html` into a folder, and two PNGs for each image: as it is stored, and as the net saw it. Returns their paths. */
export async function writeBatchPage(folder: string, made: RecreatedBatch): Promise<string[]> {
  const files = await FigureFiles.open(folder);
  for (const [at, { stored, seen }] of made.images.entries()) {
    await files.picture(storedFile(at), await square(stored, made.storedSide));
    await files.picture(seenFile(at), await square(seen, made.inputSide));
  }
  await files.text('index.html', page(made));
  return files.files;
}

const square = (pixels: Uint8Array, side: number): Promise<Buffer> =>
  encodePng(pixels, { width: side, height: side, channels: 3 });

const number = (at: number): string => String(at + 1).padStart(4, '0');
const storedFile = (at: number): string => `${number(at)}-stored.png`;
const seenFile = (at: number): string => `${number(at)}-seen.png`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string =>
  printable(text).replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);

function page(made: RecreatedBatch): string {
  const { run, step, epoch, batch, slices, proven, images } = made;
  const title = `${escape(run)}, step ${step}`;
  const verdict = proven
    ? 'The digest of every slice is the one in the ledger: the run was trained on these bytes.'
    : 'The digests are not those in the ledger.';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
<p>Batch ${batch + 1} of epoch ${epoch + 1}, ${images.length} images. Left: the stored image, with the part that was cut out. Right:
what the net saw.</p>
<p class="${proven ? 'proven' : 'differs'}">${verdict}</p>
<details><summary>Digests of the slices</summary><ol>
${slices.map(({ digest, recordedDigest }) => `<li><code>${digest}</code>${digest === recordedDigest ? '' : `, recorded <code>${escape(recordedDigest)}</code>`}</li>`).join('\n')}
</ol></details>
<main>
${images.map((image, at) => figure(image, at, made)).join('\n')}
</main>
</html>
`;
}

function figure(image: RecreatedImage, at: number, { storedSide, inputSide }: RecreatedBatch): string {
  const { name, class: label, crop, mirrored, lighting, erased } = image;
  const share = (pixels: number): string => `${((100 * pixels) / storedSide).toFixed(2)}%`;
  const frame = `top:${share(crop.top)};left:${share(crop.left)};width:${share(inputSide)};height:${share(inputSide)}`;
  const facts = [
    `crop ${crop.top},${crop.left}`,
    ...(mirrored ? ['mirrored'] : []),
    ...(lighting.some((value) => value !== 0) ? [`light ${lighting.map(signed).join(' ')}`] : []),
    ...(erased === null ? [] : [`erased ${erased.width}×${erased.height}`]),
  ];
  return `<figure>
<div class="pair"><div class="stored"><img src="${storedFile(at)}" alt="stored image" loading="lazy"><span style="${frame}"></span></div>
<img src="${seenFile(at)}" alt="what the net saw" loading="lazy"></div>
<figcaption><b>${escape(label)}</b> ${escape(name)}<br>${facts.join(' · ')}</figcaption>
</figure>`;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 84rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
main { display: grid; gap: 1.5rem 1rem; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); margin-top: 1.5rem; }
figure { margin: 0; }
.pair { display: grid; gap: .25rem; grid-template-columns: 1fr 1fr; }
.pair img { display: block; image-rendering: pixelated; width: 100%; }
.stored { position: relative; }
.stored span { border: 2px solid #f5a623; box-sizing: border-box; position: absolute; }
figcaption { font-size: .85rem; margin-top: .25rem; overflow-wrap: anywhere; }
.proven { color: #1a7f37; } .differs { color: #cf222e; font-weight: bold; }
@media (prefers-color-scheme: dark) { .proven { color: #3fb950; } .differs { color: #ff7b72; } }
`;
