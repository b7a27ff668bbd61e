import { drawMs, seconds, type Fault } from '../fault.ts';

/** SIGKILL of every worker and of the trainer at once. */
export const allKilled: Fault = {
  name: 'workers and trainer killed',
  during: ['training', 'ingest'],
  mayFail: [],
  async inject({ testbed, random }) {
    const services = [...testbed.workers, testbed.trainer];
    const holdMs = drawMs(random, 0, 2);
    await Promise.all(services.map((service) => service.kill()));
    return {
      did: `down for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        for (const service of services) await service.revive();
        return undefined;
      },
    };
  },
};
