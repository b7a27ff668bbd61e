import { startNode, startPython } from '../child.ts';
import type { Child } from '../child.ts';
import type { Contender, Stage } from '../stage.ts';

const OURS = 'decodeSquare';
const TORCHVISION = 'Pillow + torchvision';
const TENSORFLOW = 'tf.data';
const LIMIT = 'libjpeg-turbo alone';

/** From the bytes of a JPEG to 256×256 pixels, each contender on one core. */
export const decode: Stage = {
  name: 'decode',
  title: 'JPEG of 500×375 to 256×256, one core',
  unit: 'images/s',
  claims: [
    { ours: OURS, against: TORCHVISION, atLeast: 1 },
    { ours: OURS, against: TENSORFLOW, atLeast: 1 },
  ],
  async open({ peers, small, photographs }) {
    const args = [small ? '0.5' : '2', await photographs()];
    const started: Child[] = [];
    const contenders: Contender[] = [];
    const add = async (name: string, role: Contender['role'], start: Promise<Child>): Promise<void> => {
      const child = await start;
      started.push(child);
      contenders.push({ name, role, measure: () => child.measure() });
    };
    await add(OURS, 'ours', startNode('one', new URL('decode-ours.ts', import.meta.url), args));
    if (peers !== undefined) {
      await add(TORCHVISION, 'peer', startPython('one', peers, 'decode_torchvision.py', args));
      await add(TENSORFLOW, 'peer', startPython('one', peers, 'decode_tensorflow.py', args));
    }
    await add(LIMIT, 'limit', startNode('one', new URL('decode-limit.ts', import.meta.url), args));
    return {
      contenders,
      close: async () => {
        await Promise.all(started.map((child) => child.close()));
      },
    };
  },
};
