import { drawMs, pick, seconds, type Fault } from '../fault.ts';

/** SIGKILL of a worker, which is started again after a while. */
export const workerKilled: Fault = {
  name: 'worker killed',
  during: ['training', 'ingest'],
  mayFail: [],
  async inject({ testbed, random }) {
    const worker = pick(random, testbed.workers);
    const holdMs = drawMs(random, 0, 3);
    await worker.kill();
    return {
      did: `${worker.name}, down for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        await worker.revive();
        return undefined;
      },
    };
  },
};
