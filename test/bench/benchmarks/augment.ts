import path from 'node:path';
import { startNode, startPython, firstCore } from '../child.ts';
import type { Benchmark } from '../benchmark.ts';
import { openContenders, type Candidate } from './contenders.ts';
import { makeRecords } from './records.ts';

const OURS = 'a worker, into Redis';
const MADE = 'slices made, in memory';
const TORCHVISION = 'Pillow + torchvision, from JPEG';
const TENSORFLOW = 'tf.data, in its own memory';
const PLAIN = 'crops in plain TypeScript';
const COPY = 'memory copied once';

/** From 256-pixel records to augmented slices in Redis, by one worker process bound to one core. */
export const augment: Benchmark = {
  name: 'augment',
  title: '256-pixel records to augmented slices in Redis, one core',
  unit: 'images/s',
  claims: [
    { ours: OURS, against: TORCHVISION, atLeast: 8 },
    { ours: MADE, against: TENSORFLOW, atLeast: 1 },
  ],
  async open({ peers, small, folder, photographs }) {
    const records = await makeRecords(folder, await photographs(), small ? 2 : 4);
    const seconds = small ? '0.5' : '2';
    const work = path.join(folder, 'worker');
    // Redis and the process that asks for the slices use other cores if there are any.
    const ours = [seconds, records.storeUrl, work, '1', firstCore()];
    const candidates: Candidate[] = [
      { name: OURS, role: 'ours', start: () => startNode('all', file('augment-ours.ts'), ours) },
      {
        name: MADE,
        role: 'ours',
        start: () => startNode('one', file('make-ours.ts'), [seconds, records.storeUrl, folder]),
      },
      {
        name: PLAIN,
        role: 'peer',
        start: () => startNode('one', file('crop-peer.ts'), [seconds, records.rawFile]),
      },
      { name: COPY, role: 'limit', start: () => startNode('one', file('copy-limit.ts'), [seconds]) },
    ];
    if (peers !== undefined) {
      candidates.push(
        {
          name: TORCHVISION,
          role: 'peer',
          start: () => startPython('one', peers, 'augment_torchvision.py', [seconds, records.jpegs]),
        },
        {
          name: TENSORFLOW,
          role: 'peer',
          start: () => startPython('one', peers, 'augment_tensorflow.py', [seconds, records.rawFile]),
        },
      );
    }
    return await openContenders(candidates);
  },
};

const file = (name: string): URL => new URL(name, import.meta.url);
