/**
 * Crops as one would write them in plain TypeScript: rows copied, or turned pixel by pixel, out of raw records in memory;
 * without digests and lighting. Arguments: seconds, file of uint8 [n, 256, 256, 3].
 */
import { readFile } from 'node:fs/promises';
import { serveRounds } from '../serve-rounds.ts';

const [STORED, INPUT, CHANNELS, IMAGES] = [256, 227, 3, 32];
const RECORD_BYTES = STORED * STORED * CHANNELS;
const IMAGE_BYTES = INPUT * INPUT * CHANNELS;

const [seconds = '', file = ''] = process.argv.slice(2);
const records = await readFile(file);
const count = records.length / RECORD_BYTES;
const slice = new Uint8Array(IMAGES * IMAGE_BYTES);

const below = (bound: number): number => Math.floor(Math.random() * bound);

function crop(to: number): void {
  const mirror = below(2) === 1;
  let row = (below(count) * STORED + below(STORED - INPUT + 1)) * STORED * CHANNELS;
  row += below(STORED - INPUT + 1) * CHANNELS;
  for (let y = 0; y < INPUT; y++, row += STORED * CHANNELS, to += INPUT * CHANNELS) {
    if (!mirror) {
      slice.set(records.subarray(row, row + INPUT * CHANNELS), to);
      continue;
    }
    for (let x = 0; x < INPUT; x++) {
      const from = row + (INPUT - 1 - x) * CHANNELS;
      for (let channel = 0; channel < CHANNELS; channel++) {
        slice[to + x * CHANNELS + channel] = records[from + channel] ?? 0;
      }
    }
  }
}

await serveRounds(Number(seconds), () => {
  for (let i = 0; i < IMAGES; i++) crop(i * IMAGE_BYTES);
  return IMAGES;
});
