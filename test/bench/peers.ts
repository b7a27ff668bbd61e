import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AlexnetError } from '@alexnet/core';
import { run } from './run.ts';

export interface Peers {
  /** The Python of their virtual environment. */
  python: string;
  /** Such as `torch 2.15.0, …`. */
  versions: string;
}

const REQUIREMENTS = fileURLToPath(new URL('peers/requirements.txt', import.meta.url));
/** What the pinned versions have wheels for. */
const PYTHONS = ['3.11', '3.12', '3.13'];
const IMPORT = 'import torch, torchvision, PIL, streaming, tensorflow';
const NAMED = ['torch', 'torchvision', 'pillow', 'mosaicml-streaming', 'tensorflow-cpu', 'numpy'];

/**
 * The virtual environment of what the benches compare with, made once in the user cache for each version of its
 * requirements; about 6 GB.
 * @throws PYTHON_MISSING without a Python of a fitting version, PROVISION_FAILED when pip or an import fails
 */
export async function preparePeers(cacheDir: string, onProgress: (line: string) => void): Promise<Peers> {
  const requirements = readFileSync(REQUIREMENTS, 'utf8');
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const folder = path.join(cacheDir, 'bench', `peers-${digest}`);
  if (!existsSync(folder)) await makeEnvironment(folder, onProgress);
  const version = (name: string): string =>
    new RegExp(`^${name}==(\\S+)$`, 'm').exec(requirements)?.[1] ?? 'of unknown version';
  return {
    python: path.join(folder, 'bin/python'),
    versions: NAMED.map((name) => `${name} ${version(name)}`).join(', '),
  };
}

/** Made beside its place and moved there when it is whole; Python finds its packages from where it lies. */
async function makeEnvironment(folder: string, onProgress: (line: string) => void): Promise<void> {
  const python = await findPython();
  const partial = `${folder}.${process.pid}.partial`;
  const step = async (what: string, program: string, args: readonly string[]): Promise<void> => {
    onProgress(`peers: ${what}`);
    const { status, tail } = await run(program, args);
    if (status !== 0) throw failed(`the peers' virtual environment: ${what}`, tail);
  };
  try {
    await mkdir(path.dirname(folder), { recursive: true });
    await step(`virtual environment of ${python}`, python, ['-m', 'venv', partial]);
    const inside = path.join(partial, 'bin/python');
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
    await step('downloading about 3 GB', inside, [...pip, '--no-deps', '-r', REQUIREMENTS]);
    await step('importing', inside, ['-c', IMPORT]);
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function findPython(): Promise<string> {
  for (const name of ['python3', ...PYTHONS.map((version) => `python${version}`)]) {
    const { status, stdout } = await run(name, [
      '-c',
      'import sys, venv; print("%d.%d" % sys.version_info[:2])',
    ]);
    if (status === 0 && PYTHONS.includes(stdout.trim())) return name;
  }
  throw new AlexnetError('PYTHON_MISSING', {
    expected: `Python ${PYTHONS.join(' or ')} with venv, for what the benches compare with`,
    actual: 'none on PATH',
    remedy: 'Install one (on Debian or Ubuntu `apt-get install -y python3-venv`), or leave out --peers.',
  });
}

function failed(expected: string, actual: string): AlexnetError {
  return new AlexnetError('PROVISION_FAILED', {
    expected,
    actual,
    remedy: 'Check the network and the disk space (6 GB), then run it again, or leave out --peers.',
  });
}
