/** JPEG files to their pixels, not scaled, by libjpeg-turbo: the limit. Arguments: seconds, folder. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { wholeDecoder } from '@alexnet/images/testing';
import { serveRounds } from '../serve-rounds.ts';

const [seconds = '', folder = ''] = process.argv.slice(2);
const files = readdirSync(folder).map((name) => readFileSync(path.join(folder, name)));
const decode = wholeDecoder();

await serveRounds(Number(seconds), async () => {
  for (const file of files) await decode(file);
  return files.length;
});
