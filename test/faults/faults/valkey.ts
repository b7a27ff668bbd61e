import { openRedis } from '@alexnet/redis';
import { drawMs, seconds, type Fault } from '../fault.ts';

const KEEPS = { queues: 'with its append-only file', slices: 'empty', moreSlices: 'empty' } as const;

const NAMES = {
  queues: 'Redis of the queues',
  slices: 'Redis of the slices',
  moreSlices: 'second Redis of the slices',
};

/** A Valkey server that is killed and started again: the one of the queues keeps its jobs, those of the slices nothing. */
function restarted(server: keyof typeof NAMES): Fault {
  return {
    name: `${NAMES[server]} killed`,
    during: server === 'queues' ? ['training', 'ingest'] : ['training'],
    // Clients wait for the server and go on.
    mayFail: [],
    unavailable: (sliceServers) =>
      server === 'moreSlices' && sliceServers === 1 ? 'there is one server for slices' : undefined,
    async inject({ testbed, random }) {
      const holdMs = drawMs(random, 0, 5);
      await testbed[server]?.kill();
      return {
        did: `down for ${seconds(holdMs)}, then ${KEEPS[server]}`,
        holdMs,
        async mend() {
          await testbed[server]?.restart();
          return undefined;
        },
      };
    },
  };
}

/** FLUSHALL: every key is gone, and the server goes on. */
function emptied(server: 'queues' | 'slices'): Fault {
  return {
    name: `Redis of the ${server} emptied`,
    during: server === 'queues' ? ['training', 'ingest'] : ['training'],
    mayFail: [],
    async inject({ testbed }) {
      const redis = await openRedis(testbed[server].url);
      const keys = await redis.dbsize();
      await redis.flushall();
      redis.disconnect();
      return { did: `${keys} keys`, holdMs: 0, mend: () => Promise.resolve(undefined) };
    },
  };
}

export const valkeyFaults: readonly Fault[] = [
  restarted('queues'),
  restarted('slices'),
  restarted('moreSlices'),
  emptied('queues'),
  emptied('slices'),
];
