import path from 'node:path';
import { AlexnetError, runCommand, verifyModule } from '@alexnet/core';
import which from 'which';
import { fillFolder, isExecutable } from './cache-folder.ts';
import type { ProvisionOptions, ServerProgram } from './programs.ts';

interface GoProgram {
  program: string;
  module: string;
  /** Folder of the program inside its module, where that is not the root. */
  folder?: string;
  version: string;
  /** Seconds on two cores. */
  buildTime: string;
  /** What is wrong where it cannot be built for want of Go, and what else would do. */
  missing: { code: 'S3_BINARY_MISSING' | 'PROVISION_FAILED'; otherwise: string };
}

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
  missing: { code: 'PROVISION_FAILED', otherwise: '' },
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

async function find({ program, version }: GoProgram, cacheDir: string): Promise<ServerProgram | undefined> {
  const file = await which(program, { nothrow: true });
  if (file !== null) return { file, version: 'of PATH' };
  const cached = path.join(cacheDir, program, version, program);
  return (await isExecutable(cached)) ? { file: cached, version } : undefined;
}

async function provision(
  wanted: GoProgram,
  { cacheDir, onProgress, signal }: ProvisionOptions,
): Promise<ServerProgram> {
  const present = await find(wanted, cacheDir);
  if (present !== undefined) return present;
  const { program, module, folder: inside = '', version, buildTime, missing } = wanted;
  const source = `${path.posix.join(module, inside)}@v${version}`;
  const command = `go install -ldflags="-s -w" ${source}`;
  if ((await which('go', { nothrow: true })) === null) {
    throw new AlexnetError(missing.code, {
      expected: `${program} on PATH, or Go to build it`,
      actual: 'neither',
      remedy: `Install Go (go.dev/dl) and run ${command}${missing.otherwise}.`,
    });
  }
  onProgress?.(`building ${program} with Go (once; about ${buildTime} on two cores)`);
  const folder = path.join(cacheDir, program, version);
  await fillFolder(folder, async (temporary) => {
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
    const go = async (args: string[], cwd = temporary): Promise<string> => {
      const result = await runCommand('go', args, { env, signal, cwd });
      if (result.status === 0) return result.stdout;
      throw new AlexnetError('PROVISION_FAILED', {
        expected: `"${command}" to build ${program}`,
        actual: result.tail,
        remedy: `Run it by hand to see more, or put ${program} on PATH.`,
      });
    };
    const checked = await downloadModule(`${module}@v${version}`, go);
    // Built where it is the main module: then its go.sum, which the pinned checksum covers, says what it may be built from.
    const output = path.join(temporary, program);
    const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags=-s -w'];
    await go(['build', ...flags, '-o', output, `./${inside}`], checked);
  });
  return { file: path.join(folder, program), version };
}

/** The folder of a module's files. @throws PROVISION_FAILED when they do not have the pinned checksum */
async function downloadModule(module: string, go: (args: string[]) => Promise<string>): Promise<string> {
  const downloaded = JSON.parse(await go(['mod', 'download', '-json', module])) as Record<string, string>;
  const { Sum = 'no checksum', Dir = '' } = downloaded;
  verifyModule(module, Sum);
  return Dir;
}
