import { AlexnetError, hasCode } from '@alexnet/core';
import type { ObjectStore } from '@alexnet/storage';
import * as z from 'zod';
import { claimKey } from './keys.ts';
import { parseSealed, sealedJson } from './sealed.ts';
import { DatasetSpec } from './spec.ts';

/**
 * `datasets/NAME/claim.json`: who makes or removes the dataset of that name. Written under a condition, so that of
 * several processes one has the name; deleted last.
 */
const Claim = z.object({
  version: z.literal(1),
  /** Of the addition, or of the removal. */
  id: z.string(),
  /** What is being made; null while the dataset is being removed. */
  spec: DatasetSpec.nullable(),
  digest: z.string(),
});
export type Claim = Omit<z.infer<typeof Claim>, 'version' | 'digest'>;

/** A claim that is in the store. */
export interface FoundClaim {
  etag: string;
  /** @throws FORMAT_INVALID, OBJECT_CORRUPT for a damaged one */
  read: () => Claim;
}

export async function findClaim(store: ObjectStore, name: string): Promise<FoundClaim | undefined> {
  const key = claimKey(name);
  const found = await store.getWithEtag(key);
  return found && { etag: found.etag, read: () => parseSealed(Claim, found.body, key) };
}

/**
 * Takes the name of a dataset, where nobody has it or it is still as it was found.
 * @returns false when another process came first
 */
export async function putClaim(
  store: ObjectStore,
  name: string,
  claim: Claim,
  before: FoundClaim | undefined,
): Promise<boolean> {
  const condition = before === undefined ? { ifNoneMatch: '*' as const } : { ifMatch: before.etag };
  try {
    await store.put(claimKey(name), sealedJson({ version: 1, ...claim }), condition);
    return true;
  } catch (error) {
    if (hasCode(error, 'OBJECT_PRECONDITION_FAILED')) return false;
    throw error;
  }
}

/** @throws JOB_INVALID unless this addition has the name of the dataset: its job is left over from an earlier one */
export async function checkAddition(store: ObjectStore, name: string, addition: string): Promise<void> {
  const claim = (await findClaim(store, name))?.read();
  if (claim?.id === addition && claim.spec !== null) return;
  throw new AlexnetError('JOB_INVALID', {
    expected: `${claimKey(name)} to be of the addition ${addition} that the job belongs to`,
    actual:
      claim === undefined
        ? 'no such object'
        : claim.spec === null
          ? 'the removal of the dataset'
          : `the addition ${claim.id}`,
    remedy: 'The job is left over from an addition that ended or was removed; it can be ignored.',
  });
}
