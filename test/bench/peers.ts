import { pinnedWheels } from '@alexnet/core';
import { preparePython } from '../support/python.ts';

export interface Peers {
  /** The Python of their virtual environment. */
  python: string;
  /** Such as `torch 2.15.0, …`. */
  versions: string;
}

const NAMED = ['torch', 'torchvision', 'pillow', 'mosaicml-streaming', 'tensorflow-cpu', 'numpy'];

/**
 * What the benches compare with, in a virtual environment of about 6 GB.
 * @throws as {@link preparePython}
 */
export async function preparePeers(cacheDir: string, onProgress: (line: string) => void): Promise<Peers> {
  const python = await preparePython({
    name: 'peers',
    size: 'about 3 GB',
    imports: 'import torch, torchvision, PIL, streaming, tensorflow',
    cacheDir,
    onProgress,
  });
  const requirements = Object.keys(pinnedWheels('peers')).map((requirement) => requirement.split('=='));
  const version = (wanted: string): string =>
    requirements.find(([name]) => name === wanted)?.[1] ?? 'of unknown version';
  return { python, versions: NAMED.map((name) => `${name} ${version(name)}`).join(', ') };
}
