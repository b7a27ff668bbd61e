import { randomFillSync } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
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
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const { counts } = await search.find();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  const ms = (nanoseconds: number): string => `${(nanoseconds / 1e6).toFixed(1)} ms`;
  console.log(JSON.stringify(counts));
  console.log(
    `${train} × ${val}: ${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU; ` +
      `event loop held for ${ms(delay.percentile(99.9))} at p99.9, ${ms(delay.max)} at most; ` +
      `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB of memory at most`,
  );
}
