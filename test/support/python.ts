import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AlexnetError, loadConfig, pinnedWheels } from '@alexnet/core';
import type { PinnedWheels } from '@alexnet/core';
import { run } from './run.ts';

export interface PythonOptions {
  /** What it is for, as infra/downloads.json, its folder in the cache and messages name it. */
  name: string;
  /** Said while it downloads, e.g. `about 3 GB`. */
  size: string;
  /** Python code that fails where something is missing. */
  imports: string;
  /** Default: that of the configuration. */
  cacheDir?: string;
  /** Default: writes to stderr. */
  onProgress?: (line: string) => void;
}

const writeLine = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** What the pinned versions have wheels for. */
const PYTHONS = ['3.11', '3.12', '3.13'];

/** Which wheels are taken, on every machine: infra/downloads.json has the hashes of those for glibc 2.28. */
const PLATFORMS = [
  ...Array.from({ length: 24 }, (_, i) => `manylinux_2_${28 - i}`),
  ...['manylinux2014', 'manylinux2010', 'manylinux1'],
].flatMap((name) => ['--platform', `${name}_x86_64`]);

/**
 * The Python of a virtual environment with what is required, made once in the user cache for each version of the
 * requirements, with nothing in it whose hash is not pinned.
 * @throws PYTHON_MISSING without a Python of a fitting version, PROVISION_FAILED when pip or an import fails
 */
export async function preparePython(options: PythonOptions): Promise<string> {
  const { name, cacheDir = loadConfig().cacheDir } = options;
  const requirements = withHashes(pinnedWheels(name));
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const folder = path.join(cacheDir, 'python', `${name}-${digest}`);
  if (!existsSync(folder)) await makeEnvironment(folder, requirements, options);
  return path.join(folder, 'bin/python');
}

/** As pip reads them, which refuses every other file. */
function withHashes(wheels: PinnedWheels): string {
  const lines = Object.entries(wheels).map(([requirement, files]) =>
    [requirement, ...Object.values(files).map((hash) => `--hash=sha256:${hash}`)].join(' '),
  );
  return `${lines.join('\n')}\n`;
}

/** Made beside its place and moved there when it is whole; Python finds its packages from where it lies. */
async function makeEnvironment(
  folder: string,
  requirements: string,
  { name, size, imports, onProgress = writeLine }: PythonOptions,
): Promise<void> {
  const python = await findPython(name);
  const partial = `${folder}.${process.pid}.partial`;
  const step = async (what: string, program: string, args: readonly string[]): Promise<void> => {
    onProgress(`${name}: ${what}`);
    const { status, tail } = await run(program, args);
    if (status === 0) return;
    throw new AlexnetError('PROVISION_FAILED', {
      expected: `the Python environment of ${name}: ${what}`,
      actual: tail,
      remedy: `Check the network and the disk space (${size} to download), then run it again.`,
    });
  };
  try {
    await mkdir(path.dirname(folder), { recursive: true });
    // Without a pip of its own, for which Debian would want another package: that of the machine fills it.
    await step(`virtual environment of ${python}`, python, ['-m', 'venv', '--without-pip', partial]);
    const inside = path.join(partial, 'bin/python');
    const { stdout } = await run(inside, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
    const list = path.join(partial, 'requirements.txt');
    await writeFile(list, requirements);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
    const place = ['--no-deps', '--target', stdout.trim(), '--require-hashes', '-r', list];
    await step(`downloading ${size}`, python, [...pip, ...PLATFORMS, ...place]);
    await step('importing', inside, ['-c', imports]);
    // Another process may have made the same one meanwhile.
    await rename(partial, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function findPython(name: string): Promise<string> {
  for (const program of ['python3', ...PYTHONS.map((version) => `python${version}`)]) {
    const { status, stdout } = await run(program, [
      '-c',
      'import sys, pip, venv; print("%d.%d" % sys.version_info[:2])',
    ]);
    if (status === 0 && PYTHONS.includes(stdout.trim())) return program;
  }
  throw new AlexnetError('PYTHON_MISSING', {
    expected: `Python ${PYTHONS.join(' or ')} with pip, for ${name}`,
    actual: 'none on PATH',
    remedy: 'Install one: on Debian or Ubuntu `apt-get install -y python3-pip`.',
  });
}
