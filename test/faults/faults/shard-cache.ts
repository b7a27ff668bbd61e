import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { drawMs, pick, seconds, type Fault } from '../fault.ts';
import { onTinyDisk, tinyDiskUnavailable } from '../tiny-disk.ts';

/** One byte of a cached shard is another one when its worker starts. */
export const cachedShardCorrupt: Fault = {
  name: 'cached shard corrupt',
  during: ['training'],
  mayFail: [],
  async inject({ testbed, random }) {
    const worker = pick(random, testbed.workers);
    await worker.kill();
    const folder = path.join(testbed.cacheOf(worker), 'shards');
    const shards = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.tar')).sort();
    for (const shard of shards) await flipByte(path.join(folder, shard), random.uniform());
    return {
      did: `${shards.length} of ${worker.name}`,
      holdMs: 0,
      async mend() {
        await worker.revive();
        return undefined;
      },
    };
  },
};

/** @param place from 0 to 1, within the file */
async function flipByte(name: string, place: number): Promise<void> {
  const file = await open(name, 'r+');
  try {
    const at = Math.floor(place * (await file.stat()).size);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte.writeUInt8(byte.readUInt8() ^ 0x55);
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
}

/** Room for no shard. */
const TINY_KILOBYTES = 256;

/** The disk that a worker caches its shards on has room for none of them: the other worker makes the slices. */
export const cacheFull: Fault = {
  name: 'disk of the shard cache full',
  during: ['training'],
  mayFail: [],
  unavailable: tinyDiskUnavailable,
  async inject({ testbed, random }) {
    const worker = pick(random, testbed.workers);
    const { command, args } = worker;
    const holdMs = drawMs(random, 6, 12);
    await worker.stop();
    await worker.revive(onTinyDisk(testbed.cacheOf(worker), TINY_KILOBYTES, { command, args }));
    return {
      did: `of ${worker.name} for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        await worker.stop();
        await worker.revive({ command, args });
        return undefined;
      },
    };
  },
};
