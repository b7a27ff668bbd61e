/**
 * `node provision-main.js redis [minio] [versitygw] [toxiproxy]`: fetches or builds the server programs that are named and
 * not there yet, into ALEXNET_CACHE_DIR.
 */
import { AlexnetError, loadConfig, runProgram } from '@alexnet/core';
import { provisionMinio, provisionToxiproxy, provisionVersitygw } from './go-programs.ts';
import type { ProvisionOptions, ServerProgram } from './programs.ts';
import { provisionRedis } from './redis-program.ts';

const PROGRAMS: Readonly<Record<string, (options: ProvisionOptions) => Promise<ServerProgram>>> = {
  redis: provisionRedis,
  minio: provisionMinio,
  versitygw: provisionVersitygw,
  toxiproxy: provisionToxiproxy,
};

async function main(): Promise<void> {
  const { cacheDir } = loadConfig();
  for (const name of process.argv.slice(2)) {
    const provision = PROGRAMS[name];
    if (provision === undefined) {
      throw new AlexnetError('USAGE', {
        expected: `one or more of ${Object.keys(PROGRAMS).join(', ')}`,
        actual: name,
        remedy: 'Correct the name.',
      });
    }
    await provision({ cacheDir, onProgress: (line) => process.stderr.write(`${line}\n`) });
  }
}

runProgram(main);
