import type { MaybeYield, RandomStream } from '@alexnet/core';

/**
 * Bytes of the groups whose samples are shuffled with each other. A process that reads such groups has room for this much in
 * memory; to write a shard it reads the groups of one window or a few.
 */
const WINDOW_BYTES = 192 * 1024 ** 2;

/** A permutation, drawn as `RandomStream.shuffle` does, but yielding to the event loop now and then. */
export async function permutation(
  count: number,
  stream: RandomStream,
  maybeYield: MaybeYield,
): Promise<Uint32Array> {
  const order = new Uint32Array(count).map((_, i) => i);
  await shuffle(order, stream, maybeYield);
  return order;
}

/**
 * A permutation of samples that are read by the group, such as the rows of a table: the groups are shuffled and cut into windows
 * of {@link WINDOW_BYTES}, and the samples of each window are shuffled. What is smaller than a window is shuffled as a whole.
 * @param groups of each sample; one without is a group of its own
 * @param groupBytes of all that is in a group, whatever the split
 */
export async function groupedOrder(
  groups: readonly (string | undefined)[],
  groupBytes: ReadonlyMap<string, number>,
  { stream, maybeYield }: { stream: RandomStream; maybeYield: MaybeYield },
): Promise<Uint32Array> {
  const members = new Map<string, number[]>();
  for (const [i, group] of groups.entries()) {
    await maybeYield();
    const key = group ?? `\0${i}`;
    const known = members.get(key);
    if (known === undefined) members.set(key, [i]);
    else known.push(i);
  }
  const keys = [...members.keys()].sort();
  const order = new Uint32Array(groups.length);
  let [begin, filled, bytes] = [0, 0, 0];
  for (const index of await permutation(keys.length, stream, maybeYield)) {
    const key = keys[index] as string;
    for (const sample of members.get(key) ?? []) order[filled++] = sample;
    bytes += groupBytes.get(key) ?? 0;
    if (bytes < WINDOW_BYTES) continue;
    await shuffle(order.subarray(begin, filled), stream, maybeYield);
    [begin, bytes] = [filled, 0];
  }
  await shuffle(order.subarray(begin), stream, maybeYield);
  return order;
}

async function shuffle(order: Uint32Array, stream: RandomStream, maybeYield: MaybeYield): Promise<void> {
  for (let i = order.length - 1; i > 0; i--) {
    await maybeYield();
    const j = stream.integer(i + 1);
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
  }
}
