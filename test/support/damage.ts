import type { ObjectStore } from '@alexnet/storage';

export const DAMAGES = ['flip', 'truncate', 'empty', 'delete'] as const;
export type Damage = (typeof DAMAGES)[number];

/** Flips the lowest bit of the byte in the middle of an object, cuts it in half, empties it, or deletes it. */
export async function damage(store: ObjectStore, key: string, how: Damage): Promise<void> {
  const body = Buffer.from(await store.get(key));
  const middle = Math.floor(body.length / 2);
  if (how === 'delete') {
    await store.delete(key);
    return;
  }
  if (how === 'flip') body.writeUInt8(body.readUInt8(middle) ^ 1, middle);
  const left = { flip: body.length, truncate: middle, empty: 0 }[how];
  await store.put(key, body.subarray(0, left));
}
