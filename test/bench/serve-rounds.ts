import { createInterface } from 'node:readline';
import type { Round } from './stage.ts';

const now = (): number => performance.now() / 1000;

export interface RoundOptions {
  /** What a rate is per second of: in seconds, from whenever. */
  clock?: () => number | Promise<number>;
  /** Called as a round begins; what it returns gives the round's figures at its end. */
  watch?: () => Promise<() => Promise<Round['figures']>>;
}

/**
 * The other end of `start` in child.ts: warms up by one round, then runs one for each line on stdin. Ends the process.
 * @param work does a part of the work and says how many things it did; called until `seconds` are over
 */
export async function serveRounds(
  seconds: number,
  work: () => number | Promise<number>,
  { clock = now, watch }: RoundOptions = {},
): Promise<void> {
  const round = async (): Promise<Round> => {
    const figures = await watch?.();
    const end = now() + seconds;
    const before = await clock();
    let done = 0;
    do done += await work();
    while (now() < end);
    const rate = done / ((await clock()) - before);
    return { rate, ...(figures && { figures: await figures() }) };
  };
  await round();
  console.log('ready');
  const asked = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  while ((await asked.next()).done !== true) console.log(JSON.stringify(await round()));
  process.exit();
}
