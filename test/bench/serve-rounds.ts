import { createInterface } from 'node:readline';

/**
 * The other end of `start` in child.ts: warms up by one round, then runs one for each line on stdin. Ends the process.
 * @param work does a part of the work and says how many things it did; called until `seconds` are over
 */
export async function serveRounds(seconds: number, work: () => Promise<number>): Promise<void> {
  const round = async (): Promise<number> => {
    const started = performance.now();
    let done = 0;
    for (;;) {
      done += await work();
      const elapsed = (performance.now() - started) / 1000;
      if (elapsed >= seconds) return done / elapsed;
    }
  };
  await round();
  console.log('ready');
  const asked = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  while ((await asked.next()).done !== true) console.log(await round());
  process.exit();
}
