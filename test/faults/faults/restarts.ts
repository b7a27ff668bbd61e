import { drawMs, seconds, type Fault } from '../fault.ts';

const RESTARTS = 10;
const TRAINS_MS = 20_000;

/** An update of the software that restarts the trainer again and again, and after it a store that is away. */
export const rollingRestarts: Fault = {
  name: 'ten restarts, then no store',
  during: ['training'],
  mayFail: [],
  async inject({ testbed, work, random }) {
    const { trainer } = testbed;
    const link = testbed.links.trainers.store;
    for (let i = 0; i < RESTARTS; i++) {
      await trainer.stop();
      await trainer.revive();
      // The last one meets the store's absence at the beginning of its work.
      if (i < RESTARTS - 1) await work.beyond(work.step, TRAINS_MS);
    }
    await link.enable(false);
    const holdMs = drawMs(random, 10, 15);
    return {
      did: `${RESTARTS} restarts, the store away for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        await link.enable(true);
        return undefined;
      },
    };
  },
};
