/** JPEG files to uint8 [256, 256, 3] with `decodeSquare`, as a worker does. Arguments: seconds, folder. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeSquare } from '@alexnet/images';
import { serveRounds } from '../serve-rounds.ts';

const [seconds = '', folder = ''] = process.argv.slice(2);
const files = readdirSync(folder).map((name) => readFileSync(path.join(folder, name)));
/** As many in hand as `writeShard` has. */
const IN_HAND = 8;

await serveRounds(Number(seconds), async () => {
  let next = 0;
  const decodeOn = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) await decodeSquare(file);
  };
  await Promise.all(Array.from({ length: IN_HAND }, decodeOn));
  return files.length;
});
