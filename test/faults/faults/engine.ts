import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawMs, seconds, type Fault } from '../fault.ts';
import { onTinyDisk, tinyDiskUnavailable } from '../tiny-disk.ts';

const START_MS = 60_000;
const HOOK = fileURLToPath(new URL('../hooks/end-threads.mjs', import.meta.url));

/** The thread that TensorFlow lives in ends in the middle of a run. */
export const engineThreadEnded: Fault = {
  name: 'engine thread ended',
  during: ['training'],
  mayFail: [],
  async inject({ testbed, work, random }) {
    const { trainer } = testbed;
    const { env } = trainer;
    await trainer.stop();
    await trainer.revive({ env: { ...env, NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --import ${HOOK}` } });
    await work.beyond(work.step, START_MS);
    await work.until(() => false, drawMs(random, 0, 2));
    trainer.signal('SIGUSR2');
    return {
      did: `after step ${work.step}`,
      holdMs: drawMs(random, 1, 5),
      async mend() {
        await trainer.stop();
        await trainer.revive({ env });
        return undefined;
      },
    };
  },
};

/** Room for no graph, which the engine reads from a temporary file. */
const TINY_KILOBYTES = 8;

/** The trainer has no room for temporary files, so it cannot build its engine. */
export const temporaryFolderFull: Fault = {
  name: 'temporary folder of the trainer full',
  during: ['training'],
  mayFail: [],
  unavailable: tinyDiskUnavailable,
  async inject({ testbed, random }) {
    const { trainer } = testbed;
    const { command, args, env } = trainer;
    const holdMs = drawMs(random, 8, 15);
    const folder = path.join(testbed.folder, 'tiny');
    await trainer.stop();
    await trainer.revive({
      ...onTinyDisk(folder, TINY_KILOBYTES, { command, args }),
      env: { ...env, TMPDIR: folder },
    });
    return {
      did: `for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        await trainer.stop();
        await trainer.revive({ command, args, env });
        return undefined;
      },
    };
  },
};
