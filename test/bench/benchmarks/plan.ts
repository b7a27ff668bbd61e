import { startNode, startPython } from '../child.ts';
import type { Benchmark } from '../benchmark.ts';
import { openContenders, type Candidate } from './contenders.ts';
import { makeRecords } from './records.ts';

const ORDER = 'order of an epoch';

/** What the number of images costs before there are any: that of ImageNet, 1,281,167 in 1,252 shards. */
export const plan: Benchmark = {
  name: 'plan',
  title: 'Order of an epoch of ImageNet, and its manifest, on one core',
  unit: 'per second',
  claims: [],
  async open({ peers, small, folder, photographs }) {
    const { storeUrl } = await makeRecords(folder, await photographs(), 2);
    const seconds = small ? '0.5' : '2';
    const ours = (name: string, what: string): Candidate => ({
      name,
      role: 'ours',
      start: () => startNode('one', new URL('plan-ours.ts', import.meta.url), [seconds, what, storeUrl]),
    });
    const candidates = [ours(ORDER, 'order'), ours('manifest read and checked', 'manifest')];
    if (peers !== undefined) {
      candidates.push({
        name: 'numpy permutation',
        role: 'peer',
        start: () => startPython('one', peers, 'plan_numpy.py', [seconds]),
      });
    }
    return await openContenders(candidates);
  },
};
