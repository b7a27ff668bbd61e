/** The console: a page and an HTTP API to see and steer runs, datasets and workers. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  AlexnetError,
  createLogger,
  loadConfig,
  runService,
  untilAborted,
  untilStopped,
} from '@alexnet/core';
import { Backend } from './backend.ts';
import { newToken } from './security.ts';
import { createServer } from './server.ts';

const DEFAULT_PORT = 4600;

async function main(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: String(DEFAULT_PORT) },
    },
  });
  const config = loadConfig();
  const log = createLogger('console', config.logLevel);
  const access = {
    token: config.consoleToken ?? newToken(),
    host: values.host,
    trustedProxies: config.consoleTrustedProxies,
  };
  const backend = new Backend(config, log);
  try {
    await untilStopped(backend.open(), stopping);
    const server = await createServer(backend, access, { log, version: readVersion() });
    const address = await listen(server, values.host, Number(values.port));
    log.info({ address, store: backend.store.url }, 'ready');
    process.send?.({ console: { address, token: access.token } });
    await untilAborted(stopping);
    log.info('stopping');
    await server.close();
  } finally {
    await backend.close();
  }
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function listen(
  server: Awaited<ReturnType<typeof createServer>>,
  host: string,
  port: number,
): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (cause) {
    throw new AlexnetError('PROCESS_FAILED', {
      expected: `to listen on ${host}, port ${port}`,
      actual: cause instanceof Error ? cause.message : String(cause),
      remedy: 'Choose another port with --port; 0 takes a free one.',
      cause,
    });
  }
}

runService('console', main);
