import { drawMs, seconds, type Fault } from '../fault.ts';

/** SIGKILL of the trainer. */
export const trainerKilled: Fault = {
  name: 'trainer killed',
  during: ['training'],
  mayFail: [],
  async inject({ testbed, random }) {
    const holdMs = drawMs(random, 0, 2);
    await testbed.trainer.kill();
    return {
      did: `down for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        await testbed.trainer.revive();
        return undefined;
      },
    };
  },
};
