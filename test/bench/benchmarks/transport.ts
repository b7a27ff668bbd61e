import path from 'node:path';
import { startNode, startPython } from '../child.ts';
import type { Benchmark } from '../benchmark.ts';
import { openContenders, type Candidate } from './contenders.ts';
import { LOOP_HELD } from './loop-delays.ts';
import { makeRecords } from './records.ts';

const OURS = 'two workers, Redis, BatchFeed';
const RAW = 'DataLoader, raw records';
const STREAMING = 'MosaicML Streaming';
const JPEG = 'DataLoader, from JPEG';
const LOOPBACK = 'Redis alone';

/** From 256-pixel records to batches in the trainer's memory, everything on all cores (two, to compare). */
export const transport: Benchmark = {
  name: 'transport',
  title: '256-pixel records delivered as batches of 128, two workers',
  unit: 'images/s',
  claims: [
    { ours: OURS, against: RAW, atLeast: 1 },
    { ours: OURS, against: STREAMING, atLeast: 1.2 },
    { ours: OURS, against: JPEG, atLeast: 6 },
    { ours: OURS, figure: LOOP_HELD, atMost: 50 },
  ],
  async open({ peers, small, folder, photographs }) {
    const { storeUrl, rawFile, jpegs } = await makeRecords(folder, await photographs(), small ? 2 : 4);
    const seconds = small ? '0.5' : '3';
    const ours = [seconds, storeUrl, path.join(folder, 'ours'), 'tcp'];
    const limit = [seconds, path.join(folder, 'limit')];
    const candidates: Candidate[] = [
      { name: OURS, role: 'ours', start: () => startNode('all', file('transport-ours.ts'), ours) },
      { name: LOOPBACK, role: 'limit', start: () => startNode('all', file('redis-limit.ts'), limit) },
    ];
    const peer = (python: string, name: string, ...args: string[]): Candidate => ({
      name,
      role: 'peer',
      start: () => startPython('all', python, 'transport_torch.py', [seconds, ...args]),
    });
    if (peers !== undefined) {
      candidates.push(
        peer(peers, RAW, 'raw', rawFile),
        peer(peers, STREAMING, 'streaming', rawFile, path.join(folder, 'streaming')),
        peer(peers, JPEG, 'jpeg', jpegs),
      );
    }
    return await openContenders(candidates);
  },
};

const file = (name: string): URL => new URL(name, import.meta.url);
