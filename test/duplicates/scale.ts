import { randomFillSync } from 'node:crypto';
import { DuplicateSearch, FINGERPRINT } from '@alexnet/datasets/testing';

const SHARD = 1024;

/** Prints what finding the copies among so many random fingerprints takes, one in a thousand of which is there twice. */
export async function measureScale(train: number, val: number): Promise<void> {
  const search = new DuplicateSearch();
  let last = Buffer.alloc(0);
  for (const [split, count] of [
    ['train', train],
    ['val', val],
  ] as const) {
    for (let done = 0; done < count; done += SHARD) {
      const prints = randomFillSync(Buffer.alloc(Math.min(SHARD, count - done) * FINGERPRINT.bytes));
      last.copy(prints, 0, 0, FINGERPRINT.bytes);
      search.add(split, prints.length / FINGERPRINT.bytes, prints);
      last = prints;
    }
  }
  const longest = longestTurn();
  const [started, cpu] = [performance.now(), cpuMs()];
  const { counts } = await search.find();
  const seconds = (performance.now() - started) / 1000;
  console.log(JSON.stringify(counts));
  console.log(
    `${train} × ${val}: ${seconds.toFixed(1)} s, ${((cpuMs() - cpu) / 1000).toFixed(1)} s of CPU, ` +
      `${longest().toFixed(1)} ms of CPU at most between two turns of the event loop; ` +
      `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB of memory at most`,
  );
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Watches the event loop. CPU time, since others may have the processors. @returns ends it, and returns the most, in ms */
function longestTurn(): () => number {
  let [last, most, done] = [cpuMs(), 0, false];
  const turn = (): void => {
    const now = cpuMs();
    most = Math.max(most, now - last);
    last = now;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    done = true;
    return most;
  };
}
