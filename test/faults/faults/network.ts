import type { ErrorCode } from '@alexnet/core';
import type { Toxic } from '@alexnet/local';
import { drawMs, pick, seconds, type Fault } from '../fault.ts';
import type { Server, Side } from '../links.ts';

const SIDES: readonly Side[] = ['workers', 'trainers'];
const STREAMS = ['upstream', 'downstream'] as const;

/** One way to disturb connections: with what, and for how many seconds. */
interface Trouble {
  name: string;
  toxics: readonly Toxic[];
  hold: readonly [least: number, most: number];
}

const TROUBLES: readonly Trouble[] = [
  {
    name: 'latency',
    toxics: STREAMS.map((stream) => ({ type: 'latency', stream, attributes: { latency: 150, jitter: 100 } })),
    hold: [5, 10],
  },
  {
    name: 'resets',
    toxics: [{ type: 'reset_peer', stream: 'downstream', attributes: { timeout: 300 } }],
    hold: [2, 6],
  },
  {
    // Nothing comes through any more, and nobody is told.
    name: 'half-open',
    toxics: STREAMS.map((stream) => ({ type: 'timeout', stream, attributes: { timeout: 0 } })),
    hold: [12, 18],
  },
  {
    name: 'narrow',
    toxics: STREAMS.map((stream) => ({ type: 'bandwidth', stream, attributes: { rate: 300 } })),
    hold: [5, 10],
  },
];

const MAY_FAIL: Readonly<Record<Server, readonly ErrorCode[]>> = {
  queues: [],
  slices: [],
  store: ['STORAGE_UNREACHABLE', 'STORAGE_FAILED', 'SLICE_FAILED'],
};

function disturbed(server: Server, { name, toxics, hold }: Trouble): Fault {
  return {
    name: `${name}, ${server}`,
    during: server === 'slices' ? ['training'] : ['training', 'ingest'],
    mayFail: MAY_FAIL[server],
    async inject({ testbed, work, random }) {
      const side = work.kind === 'ingest' ? 'workers' : pick(random, SIDES);
      const holdMs = drawMs(random, ...hold);
      const undo = await testbed.links[side][server].disturb(...toxics);
      return {
        did: `of the ${side} for ${seconds(holdMs)}`,
        holdMs,
        async mend() {
          await undo();
          return undefined;
        },
      };
    },
  };
}

export const networkFaults: readonly Fault[] = (['queues', 'slices', 'store'] as const).flatMap((server) =>
  TROUBLES.map((trouble) => disturbed(server, trouble)),
);
