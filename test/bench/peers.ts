import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { preparePython } from '../support/python.ts';

export interface Peers {
  /** The Python of their virtual environment. */
  python: string;
  /** Such as `torch 2.15.0, …`. */
  versions: string;
}

const REQUIREMENTS = fileURLToPath(new URL('peers/requirements.txt', import.meta.url));
const NAMED = ['torch', 'torchvision', 'pillow', 'mosaicml-streaming', 'tensorflow-cpu', 'numpy'];

/**
 * What the benches compare with, in a virtual environment of about 6 GB.
 * @throws as {@link preparePython}
 */
export async function preparePeers(cacheDir: string, onProgress: (line: string) => void): Promise<Peers> {
  const python = await preparePython({
    name: 'peers',
    requirements: REQUIREMENTS,
    size: 'about 3 GB',
    imports: 'import torch, torchvision, PIL, streaming, tensorflow',
    cacheDir,
    onProgress,
  });
  const requirements = readFileSync(REQUIREMENTS, 'utf8');
  const version = (name: string): string =>
    new RegExp(`^${name}==(\\S+)$`, 'm').exec(requirements)?.[1] ?? 'of unknown version';
  return { python, versions: NAMED.map((name) => `${name} ${version(name)}`).join(', ') };
}
