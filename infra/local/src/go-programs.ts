import { tmpdir } from 'node:os';
import path from 'node:path';
import { AlexnetError, runCommand, verifyModule } from '@alexnet/core';
import which from 'which';
import { fillFolder, isExecutable } from './cache-folder.ts';
import type { ProvisionOptions, ServerProgram } from './programs.ts';

/** A program that Go builds from a version of a module that infra/downloads.json pins. */
export interface GoProgram {
  program: string;
  module: string;
  /** Folder of the program inside its module, where that is not the root. */
  folder?: string;
  version: string;
  /** Seconds on two cores. */
  buildTime: string;
  /** What is wrong where it cannot be built for want of Go, and what else would do. */
  missing?: { code: 'S3_BINARY_MISSING' | 'PROVISION_FAILED'; otherwise: string };
}

const NO_TOOL: NonNullable<GoProgram['missing']> = { code: 'PROVISION_FAILED', otherwise: '' };
const NO_S3_SERVER = { code: 'S3_BINARY_MISSING', otherwise: ', or use the directory store' } as const;

/** Upstream is archived: this is its last state, which has no release of its own. */
const MINIO: GoProgram = {
  program: 'minio',
  module: 'github.com/minio/minio',
  version: '0.0.0-20260212201848-7aac2a2c5b7c',
  buildTime: '4 minutes',
  missing: NO_S3_SERVER,
};
const VERSITYGW: GoProgram = {
  program: 'versitygw',
  module: 'github.com/versity/versitygw',
  folder: 'cmd/versitygw',
  version: '1.8.0',
  buildTime: '90 seconds',
  missing: NO_S3_SERVER,
};
const TOXIPROXY: GoProgram = {
  program: 'toxiproxy-server',
  module: 'github.com/Shopify/toxiproxy/v2',
  folder: 'cmd/server',
  version: '2.12.0',
  buildTime: '30 seconds',
};

/** The MinIO server of PATH, else the one in the cache. */
export function findMinio(cacheDir: string): Promise<ServerProgram | undefined> {
  return find(MINIO, cacheDir);
}

/**
 * {@link findMinio}, else builds it into the cache with Go.
 * @throws S3_BINARY_MISSING without Go, PROVISION_FAILED when the build fails
 */
export function provisionMinio(options: ProvisionOptions): Promise<ServerProgram> {
  return provision(MINIO, options);
}

/** The Versity gateway, a second S3 server for tests: of PATH, else the one in the cache. */
export function findVersitygw(cacheDir: string): Promise<ServerProgram | undefined> {
  return find(VERSITYGW, cacheDir);
}

/** {@link findVersitygw}, else builds it into the cache with Go. Throws like {@link provisionMinio}. */
export function provisionVersitygw(options: ProvisionOptions): Promise<ServerProgram> {
  return provision(VERSITYGW, options);
}

/** Toxiproxy, which disturbs connections for the fault suite: of PATH, else the one in the cache. */
export function findToxiproxy(cacheDir: string): Promise<ServerProgram | undefined> {
  return find(TOXIPROXY, cacheDir);
}

/** {@link findToxiproxy}, else builds it into the cache with Go. @throws PROVISION_FAILED */
export function provisionToxiproxy(options: ProvisionOptions): Promise<ServerProgram> {
  return provision(TOXIPROXY, options);
}

/**
 * A program of just that version, built with Go unless it is in the cache. One of PATH may be another version.
 * @throws PROVISION_FAILED without Go, or when the build fails
 */
export async function provisionGoProgram(
  wanted: GoProgram,
  options: ProvisionOptions,
): Promise<ServerProgram> {
  return (await findCached(wanted, options.cacheDir)) ?? (await build(wanted, options));
}

/**
 * The folder with the files of a module, such as `github.com/minio/minio@v1.2.3`, that infra/downloads.json pins.
 * @throws PROVISION_FAILED without Go, or where it is not the pinned one
 */
export async function fetchGoModule(
  module: string,
  { signal }: Pick<ProvisionOptions, 'signal'>,
): Promise<string> {
  const command = `go mod download -json ${module}`;
  return await downloadModule(module, (args) => runGo(args, { signal, what: module, command }));
}

async function find(wanted: GoProgram, cacheDir: string): Promise<ServerProgram | undefined> {
  const file = await which(wanted.program, { nothrow: true });
  if (file !== null) return { file, version: 'of PATH' };
  return await findCached(wanted, cacheDir);
}

async function findCached(
  { program, version }: GoProgram,
  cacheDir: string,
): Promise<ServerProgram | undefined> {
  const cached = path.join(cacheDir, program, version, program);
  return (await isExecutable(cached)) ? { file: cached, version } : undefined;
}

async function provision(wanted: GoProgram, options: ProvisionOptions): Promise<ServerProgram> {
  return (await find(wanted, options.cacheDir)) ?? (await build(wanted, options));
}

async function build(
  wanted: GoProgram,
  { cacheDir, onProgress, signal }: ProvisionOptions,
): Promise<ServerProgram> {
  const { program, module, folder: inside = '', version, buildTime, missing } = wanted;
  const source = `${path.posix.join(module, inside)}@v${version}`;
  const command = `go install -ldflags="-s -w" ${source}`;
  if ((await which('go', { nothrow: true })) === null) throw goMissing(program, command, missing);
  onProgress?.(`building ${program} with Go (once; about ${buildTime} on two cores)`);
  const folder = path.join(cacheDir, program, version);
  await fillFolder(folder, async (temporary) => {
    const go = (args: string[], cwd = temporary): Promise<string> =>
      runGo(args, { cwd, signal, what: program, command });
    const checked = await downloadModule(`${module}@v${version}`, go);
    // Built where it is the main module: then its go.sum, which the pinned checksum covers, says what it may be built from.
    const output = path.join(temporary, program);
    const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags=-s -w'];
    await go(['build', ...flags, '-o', output, `./${inside}`], checked);
  });
  return { file: path.join(folder, program), version };
}

interface GoOptions {
  cwd?: string;
  signal: AbortSignal | undefined;
  /** What it is for, and how a person would do the same. */
  what: string;
  command: string;
}

/** @returns what it printed. @throws PROVISION_FAILED */
async function runGo(args: string[], { cwd = tmpdir(), signal, what, command }: GoOptions): Promise<string> {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
  const result = await runCommand('go', args, { env, signal, cwd });
  if (result.status === 0) return result.stdout;
  throw new AlexnetError('PROVISION_FAILED', {
    expected: `"${command}" to work, for ${what}`,
    actual: result.tail,
    remedy: 'Run it by hand to see more.',
  });
}

function goMissing(program: string, command: string, missing = NO_TOOL): AlexnetError {
  return new AlexnetError(missing.code, {
    expected: `${program} on PATH, or Go to build it`,
    actual: 'neither',
    remedy: `Install Go (go.dev/dl) and run ${command}${missing.otherwise}.`,
  });
}

/** The folder of a module's files. @throws PROVISION_FAILED when they do not have the pinned checksum */
async function downloadModule(module: string, go: (args: string[]) => Promise<string>): Promise<string> {
  const downloaded = JSON.parse(await go(['mod', 'download', '-json', module])) as Record<string, string>;
  const { Sum = 'no checksum', Dir = '' } = downloaded;
  verifyModule(module, Sum);
  return Dir;
}
