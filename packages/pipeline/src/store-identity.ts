import { randomUUID } from 'node:crypto';
import { AlexnetError, parseJsonAs } from '@alexnet/core';
import { agree, AGREEMENTS } from '@alexnet/queues';
import type { Redis } from '@alexnet/redis';
import type { ObjectStore } from '@alexnet/storage';
import * as z from 'zod';

/** Beside everything else in a store. */
const STORE_KEY = 'store.json';

/** Which store this is. A copy or a moved store stays the same. */
const StoreIdentity = z.object({ version: z.literal(1), id: z.uuid() });

/** What the queue's Redis keeps of it. */
const Agreement = z.object({ id: z.string(), url: z.string() });

export type StoreAgreement = z.infer<typeof Agreement>;

/**
 * Checks that the processes of a queue share the object store. A store gets its identity from the first process that
 * writes to it, and the queue's Redis keeps the identity of the first store that a process came with.
 * @throws STORAGE_MISMATCH; FORMAT_INVALID for a damaged `store.json`
 */
export async function checkStoreIdentity({
  redis,
  store,
}: {
  redis: Redis;
  store: ObjectStore;
}): Promise<void> {
  await agreeOnStore(redis, await identifyStore(store));
}

/** Names a store to the other processes of the queue. @throws STORAGE_MISMATCH when they have named another one */
export async function agreeOnStore(redis: Redis, mine: StoreAgreement): Promise<void> {
  const agreed = parseAgreement(await agree(redis, AGREEMENTS.store, JSON.stringify(mine)));
  if (agreed.id !== mine.id) throw mismatch(agreed, mine);
}

/** Which store this is. @throws FORMAT_INVALID */
export async function identifyStore(store: ObjectStore): Promise<StoreAgreement> {
  return { id: await identify(store), url: store.url };
}

/** The identity of a store, which is made where it has none. */
async function identify(store: ObjectStore): Promise<string> {
  const found = await store.getWithEtag(STORE_KEY);
  if (found !== undefined) return parseIdentity(found.body);
  const id = randomUUID();
  try {
    await store.put(STORE_KEY, Buffer.from(JSON.stringify({ version: 1, id })), { ifNoneMatch: '*' });
    return id;
  } catch (error) {
    // Another process was first.
    const theirs = await store.getWithEtag(STORE_KEY);
    if (theirs === undefined) throw error;
    return parseIdentity(theirs.body);
  }
}

function parseIdentity(body: Buffer): string {
  const invalid = (actual: string, cause: unknown): AlexnetError =>
    new AlexnetError('FORMAT_INVALID', {
      expected: `${STORE_KEY} with version 1 and the id of the store`,
      actual,
      remedy: `Put it back from a copy; or delete ${STORE_KEY} and, with all processes stopped, run: redis-cli DEL ${AGREEMENTS.store}`,
      cause,
    });
  return parseJsonAs(StoreIdentity, body, { invalid }).id;
}

function parseAgreement(text: string): StoreAgreement {
  try {
    return Agreement.parse(JSON.parse(text));
  } catch {
    return { id: text, url: 'a store that is not readable' };
  }
}

function mismatch(agreed: StoreAgreement, mine: StoreAgreement): AlexnetError {
  return new AlexnetError('STORAGE_MISMATCH', {
    expected: `the object store of the other processes of this queue: ${agreed.url} (id ${agreed.id})`,
    actual: `${mine.url} (id ${mine.id})`,
    remedy:
      'Set STORAGE_URL (and S3_ENDPOINT) to the same store for all processes. If this queue is to use the new store ' +
      `from now on, stop all of its processes and run: redis-cli DEL ${AGREEMENTS.store}`,
  });
}
