import path from 'node:path';
import type { Benchmark } from '../benchmark.ts';
import { startNode } from '../child.ts';
import { openContenders, type Candidate } from './contenders.ts';
import { timeOf } from './processor-time.ts';
import { makeRecords } from './records.ts';

const SOCKET = 'slices by a Unix socket';
const TCP = 'slices by TCP';

/** What a delivered image costs each process, everything on all cores. */
export const account: Benchmark = {
  name: 'account',
  title: 'Processor time of a delivered image, two workers',
  unit: 'images/s',
  claims: [
    { ours: TCP, figure: timeOf('trainer'), atMost: 45 },
    { ours: TCP, figure: timeOf('slice server'), atMost: 45 },
    { ours: TCP, figure: timeOf('workers'), atMost: 90 },
  ],
  async open({ small, folder, photographs }) {
    const { storeUrl } = await makeRecords(folder, await photographs(), small ? 2 : 4);
    const candidate = (name: string, role: Candidate['role'], slicesBy: string): Candidate => ({
      ...{ name, role },
      start: () =>
        startNode('all', new URL('transport-ours.ts', import.meta.url), [
          ...[small ? '0.5' : '3', storeUrl, path.join(folder, slicesBy), slicesBy],
        ]),
    });
    return await openContenders([candidate(TCP, 'ours', 'tcp'), candidate(SOCKET, 'peer', 'socket')]);
  },
};
