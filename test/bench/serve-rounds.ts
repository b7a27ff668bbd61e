import { createInterface } from 'node:readline';

const now = (): number => performance.now() / 1000;

/**
 * The other end of `start` in child.ts: warms up by one round, then runs one for each line on stdin. Ends the process.
 * @param work does a part of the work and says how many things it did; called until `seconds` are over
 * @param clock what a rate is per second of: in seconds, from whenever
 */
export async function serveRounds(
  seconds: number,
  work: () => number | Promise<number>,
  clock: () => number | Promise<number> = now,
): Promise<void> {
  const round = async (): Promise<number> => {
    const end = now() + seconds;
    const before = await clock();
    let done = 0;
    do done += await work();
    while (now() < end);
    return done / ((await clock()) - before);
  };
  await round();
  console.log('ready');
  const asked = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  while ((await asked.next()).done !== true) console.log(await round());
  process.exit();
}
