import path from 'node:path';
import { startNode, type Cores } from '../child.ts';
import type { Benchmark } from '../benchmark.ts';
import { openContenders, type Candidate } from './contenders.ts';
import { makeRecords } from './records.ts';

const TWO = 'two workers, all cores';
const ONE = 'one worker, all cores';
const ONE_CORE = 'one worker, one core';

/** What a second worker adds, and a second core for it: Redis, and the process that asks for slices, share the cores. */
export const scaling: Benchmark = {
  name: 'scaling',
  title: '256-pixel records to augmented slices in Redis, by one and two workers',
  unit: 'images/s',
  claims: [{ ours: TWO, against: ONE_CORE, atLeast: 1.8 }],
  async open({ small, folder, photographs }) {
    const { storeUrl } = await makeRecords(folder, await photographs(), small ? 2 : 4);
    const start = (name: string, cores: Cores, workers: number): Candidate => ({
      name,
      role: 'ours',
      start: () => {
        const args = [small ? '0.5' : '4', storeUrl, path.join(folder, name), String(workers), 'all'];
        // What it starts is bound as it is itself.
        return startNode(cores, new URL('augment-ours.ts', import.meta.url), args, {
          UV_THREADPOOL_SIZE: '4',
        });
      },
    });
    return await openContenders([start(TWO, 'all', 2), start(ONE, 'all', 1), start(ONE_CORE, 'one', 1)]);
  },
};
