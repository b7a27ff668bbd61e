import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { startNode } from '../child.ts';
import type { Benchmark } from '../benchmark.ts';
import { openContenders, type Candidate } from './contenders.ts';
import { makeRecords } from './records.ts';

const NONE = 'no traces';
const DEFAULT = 'traces, every hundredth batch';
const ALL = 'traces, every batch';

/** What traces cost: worker processes and the process that asks for slices send them to a collector that drops them. */
export const traces: Benchmark = {
  name: 'traces',
  title: '256-pixel records delivered as batches of 128, two workers, with and without traces',
  unit: 'images/s',
  claims: [{ ours: DEFAULT, against: NONE, atLeast: 0.99 }],
  async open({ small, folder, photographs }) {
    const { storeUrl } = await makeRecords(folder, await photographs(), small ? 2 : 4);
    const collector = createServer((request, response) => {
      request.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const { port } = collector.address() as AddressInfo;
    const sent = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    const candidate = (name: string, environment: Record<string, string>): Candidate => ({
      name,
      role: 'ours',
      start: () =>
        startNode(
          'all',
          new URL('transport-ours.ts', import.meta.url),
          [small ? '0.5' : '4', storeUrl, path.join(folder, name), '2'],
          environment,
        ),
    });
    const open = await openContenders([
      candidate(NONE, {}),
      candidate(DEFAULT, sent),
      candidate(ALL, { ...sent, OTEL_TRACES_SAMPLER: 'parentbased_always_on' }),
    ]);
    return {
      ...open,
      async close() {
        await open.close();
        collector.close();
        collector.closeAllConnections();
      },
    };
  },
};
