import { startNode, startPython } from '../child.ts';
import type { Benchmark } from '../benchmark.ts';
import { openContenders, type Candidate } from './contenders.ts';

const OURS = 'decodeImage';
const TORCHVISION = 'Pillow + torchvision';
const TENSORFLOW = 'tf.data';
const LIMIT = 'libjpeg-turbo alone';

/** From the bytes of a JPEG to 256×256 pixels, each contender on one core. */
export const decode: Benchmark = {
  name: 'decode',
  title: 'JPEG of 500×375 to 256×256, one core',
  unit: 'images/s',
  claims: [
    { ours: OURS, against: TORCHVISION, atLeast: 1 },
    { ours: OURS, against: TENSORFLOW, atLeast: 1 },
  ],
  async open({ peers, small, photographs }) {
    const args = [small ? '0.5' : '2', await photographs(), 'blocking'];
    const node = (name: string, role: Candidate['role'], file: string): Candidate => ({
      name,
      role,
      start: () => startNode('one', new URL(file, import.meta.url), args),
    });
    const peer = (python: string, name: string, file: string): Candidate => ({
      name,
      role: 'peer',
      start: () => startPython('one', python, file, args),
    });
    return await openContenders([
      node(OURS, 'ours', 'decode-ours.ts'),
      ...(peers === undefined
        ? []
        : [
            peer(peers, TORCHVISION, 'decode_torchvision.py'),
            peer(peers, TENSORFLOW, 'decode_tensorflow.py'),
          ]),
      node(LIMIT, 'limit', 'decode-limit.ts'),
    ]);
  },
};
