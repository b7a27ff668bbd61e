import { drawMs, seconds, type Fault } from '../fault.ts';

/** SIGKILL of the trainer. */
export const trainerKilled: Fault = {
  name: 'trainer killed',
  during: ['training'],
  mayFail: [],
  async inject({ stage, random }) {
    const holdMs = drawMs(random, 0, 2);
    await stage.trainer.kill();
    return {
      did: `down for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        await stage.trainer.revive();
        return undefined;
      },
    };
  },
};
