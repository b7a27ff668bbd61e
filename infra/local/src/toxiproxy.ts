import path from 'node:path';
import { AlexnetError } from '@alexnet/core';
import { provisionToxiproxy } from './go-programs.ts';
import { withPort } from './ports.ts';
import { startProcess } from './process.ts';
import { waitUntilReady } from './ready.ts';

/** How a connection is disturbed: https://github.com/Shopify/toxiproxy#toxics */
export interface Toxic {
  type: 'latency' | 'bandwidth' | 'timeout' | 'reset_peer' | 'slicer' | 'limit_data';
  /** `upstream`: what clients send; `downstream`: what they are sent. */
  stream: 'upstream' | 'downstream';
  attributes: Readonly<Record<string, number>>;
}

/** One address in front of another, whose connections can be disturbed. */
export interface ToxicProxy {
  readonly name: string;
  readonly port: number;
  /** Adds toxics to connections that are there and to new ones. Returns how they are taken away again. */
  disturb(...toxics: readonly Toxic[]): Promise<() => Promise<void>>;
  /** Closes every connection, and refuses new ones until it is enabled again. */
  enable(enabled: boolean): Promise<void>;
}

export interface RunningToxiproxy {
  /** A proxy on a free port of the loopback interface, in front of `port`. */
  proxy(name: string, port: number): Promise<ToxicProxy>;
  stop(): Promise<void>;
}

interface ToxiproxyOptions {
  cacheDir: string;
  /** Where its log goes. */
  dataDir: string;
}

/**
 * Starts Toxiproxy on the loopback interface, without proxies. It ends with this process.
 * @throws PROVISION_FAILED, PROCESS_FAILED
 */
export async function startToxiproxy({ cacheDir, dataDir }: ToxiproxyOptions): Promise<RunningToxiproxy> {
  const { file } = await provisionToxiproxy({ cacheDir });
  const name = 'Toxiproxy';
  const logFile = path.resolve(dataDir, 'toxiproxy.log');
  return await withPort(undefined, async (port) => {
    const args = ['-host', '127.0.0.1', '-port', String(port)];
    const running = await startProcess({ name, command: file, args, logFile });
    const api = `http://127.0.0.1:${port}`;
    await waitUntilReady(running, { name, logFile }, () =>
      fetch(`${api}/version`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    return { proxy: (called, upstream) => createProxy(api, called, upstream), stop: () => running.stop() };
  });
}

async function createProxy(api: string, name: string, port: number): Promise<ToxicProxy> {
  const upstream = `127.0.0.1:${port}`;
  const wanted = { name, listen: '127.0.0.1:0', upstream, enabled: true };
  const { listen } = (await ask(api, 'POST', '/proxies', wanted)) as { listen: string };
  let toxicsMade = 0;
  return {
    name,
    port: Number(listen.split(':').at(-1)),
    async disturb(...toxics) {
      const added: string[] = [];
      for (const toxic of toxics) {
        const toxicName = `toxic-${++toxicsMade}`;
        await ask(api, 'POST', `/proxies/${name}/toxics`, { name: toxicName, toxicity: 1, ...toxic });
        added.push(toxicName);
      }
      return async () => {
        for (const toxicName of added) await ask(api, 'DELETE', `/proxies/${name}/toxics/${toxicName}`);
      };
    },
    async enable(enabled) {
      await ask(api, 'POST', `/proxies/${name}`, { enabled });
    },
  };
}

/** One request of Toxiproxy's HTTP interface. Returns its answer, parsed. */
async function ask(api: string, method: string, resource: string, body?: object): Promise<unknown> {
  const response = await fetch(`${api}${resource}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  throw new AlexnetError('PROCESS_FAILED', {
    expected: `Toxiproxy to take ${method} ${resource}`,
    actual: `${response.status} ${text.slice(0, 200)}`,
    remedy: 'See its log, toxiproxy.log.',
  });
}
