import { createInterface } from 'node:readline';
import type { Round } from './benchmark.ts';

const now = (): number => performance.now() / 1000;

const LEAD_IN = 1 / 3;

export interface RoundOptions {
  /** What a rate is per second of: in seconds, from whenever. */
  clock?: () => number | Promise<number>;
  /** Called as the counted part of a round begins; what it returns gives the round's figures at its end. */
  watch?: () => Promise<() => Promise<Round['figures']>>;
}

/**
 * The other end of `start` in child.ts: warms up by one round, then runs one for each line on stdin. Ends the process.
 * A third of a round's time comes before it and does not count: buffers filled in the pause are used up, and what cooled
 * down is warm again.
 * @param work does a part of the work and says how many things it did; called until `seconds` are over
 */
export async function serveRounds(
  seconds: number,
  work: () => number | Promise<number>,
  { clock = now, watch }: RoundOptions = {},
): Promise<void> {
  const workFor = async (duration: number): Promise<number> => {
    const end = now() + duration;
    let done = 0;
    do done += await work();
    while (now() < end);
    return done;
  };
  const round = async (): Promise<Round> => {
    await workFor(seconds * LEAD_IN);
    const figures = await watch?.();
    const before = await clock();
    const done = await workFor(seconds);
    const rate = done / ((await clock()) - before);
    return { rate, ...(figures && { figures: await figures() }) };
  };
  await round();
  console.log('ready');
  const asked = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  while ((await asked.next()).done !== true) console.log(JSON.stringify(await round()));
  process.exit();
}
