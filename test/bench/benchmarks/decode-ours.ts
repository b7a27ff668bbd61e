/**
 * JPEG files to uint8 [256, 256, 3]. Arguments: seconds, folder, and whether one thread waits for each image, as a thread of a
 * worker does (`blocking`), or libuv's pool decodes several (`pool`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeImage, IMAGE_SIDE } from '@alexnet/images';
import { serveRounds } from '../serve-rounds.ts';

const [seconds = '', folder = '', way = ''] = process.argv.slice(2);
const files = readdirSync(folder).map((name) => readFileSync(path.join(folder, name)));
const blocking = way === 'blocking';
const inHand = blocking ? 1 : 8;

await serveRounds(Number(seconds), async () => {
  let next = 0;
  const decodeOn = async (): Promise<void> => {
    const into = new Uint8Array(IMAGE_SIDE * IMAGE_SIDE * 3);
    for (let file = files[next++]; file !== undefined; file = files[next++])
      await decodeImage(file, { blocking, into });
  };
  await Promise.all(Array.from({ length: inHand }, decodeOn));
  return files.length;
});
