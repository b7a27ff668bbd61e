import path from 'node:path';
import { startNode } from '../child.ts';
import type { Benchmark } from '../benchmark.ts';
import { openContenders } from './contenders.ts';

/** What one core of Redis carries of either thing that it is used for; docs/scaling.md reckons with it. */
export const queue: Benchmark = {
  name: 'queue',
  title: 'Slices of 32 images by the processor time of Redis',
  unit: 'images/s of a core of Redis',
  claims: [],
  async open({ small, folder }) {
    const start = (what: string) => {
      const args = [small ? '0.5' : '2', path.join(folder, what), what];
      return startNode('all', new URL('queue-cost.ts', import.meta.url), args);
    };
    return await openContenders([
      { name: 'as jobs, 10 workers', role: 'ours', start: () => start('10') },
      { name: 'as jobs, 1,000 workers', role: 'ours', start: () => start('1000') },
      { name: 'as pixels', role: 'ours', start: () => start('slices') },
    ]);
  },
};
