import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { planAlone } from '@alexnet/datasets/testing';
import { openSource } from '@alexnet/sources';
import { tarOf } from '@alexnet/sources/testing';
import { openStore } from '@alexnet/storage';

/** Of the train split of ILSVRC2012. */
export const IMAGENET = { images: 1_281_167, classes: 1_000 };
const CLASSES = IMAGENET.classes;
const BLOCK = 512;

const blocks = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK;
const header = (name: string, size: number): Buffer => tarOf([{ name, size }], Buffer.alloc(0));

/** Sizes from 20 to 200 kB, which differ from image to image and are the same in every run. */
const sizeOf = (image: number): number => 20_000 + ((image * 2_654_435_761) % 180_000);

/** @returns its size in bytes */
async function writeTar(file: FileHandle, images: number): Promise<number> {
  let at = 0;
  let image = 0;
  for (let label = 0; label < CLASSES; label++) {
    const wnid = `n${String(1_000_000 + 7 * label).padStart(8, '0')}`;
    const count = Math.floor(images / CLASSES) + (label < images % CLASSES ? 1 : 0);
    const sizes = Array.from({ length: count }, (_, i) => sizeOf(image + i));
    const inner = sizes.reduce((sum, size) => sum + BLOCK + blocks(size), 2 * BLOCK);
    await file.write(header(`${wnid}.tar`, inner), 0, BLOCK, at);
    const end = at + BLOCK + inner;
    at += BLOCK;
    for (const size of sizes) {
      await file.write(header(`${wnid}_${image++}.JPEG`, size), 0, BLOCK, at);
      at += BLOCK + blocks(size);
    }
    at = end;
  }
  await file.truncate(at + 2 * BLOCK);
  return at + 2 * BLOCK;
}

/** Plans a dataset of so many images, and says what it took. */
export async function plan(images: number): Promise<Record<string, string>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-scale-'));
  try {
    const file = await open(path.join(folder, 'ILSVRC2012_img_train.tar'), 'w');
    const bytes = await writeTar(file, images);
    await file.close();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const started = performance.now();
    const source = await openSource(folder);
    const store = openStore(pathToFileURL(path.join(folder, 'store')).href);
    const spec = { name: 'scale', source: folder, valFraction: 0.05, seed: 1 };
    const { shards, classes } = await planAlone(store, source, spec);
    const seconds = (performance.now() - started) / 1000;
    await source.close();
    return {
      'read as': source.format,
      'images, classes, shards': `${images}, ${classes.length}, ${shards.length}`,
      tar: `${(bytes / 1e9).toFixed(1)} GB`,
      time: `${seconds.toFixed(1)} s`,
      'most memory (RSS)': `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
      'event loop held, p99.9': `${Math.round(delay.percentile(99.9) / 1e6)} ms`,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
