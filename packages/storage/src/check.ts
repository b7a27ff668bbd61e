import { randomUUID } from 'node:crypto';
import { AlexnetError, hasCode } from '@alexnet/core';
import type { ObjectStore, PutCondition } from './store.ts';

/**
 * Writes, reads and deletes a probe object, and tries conditional writes that must fail and one that must not.
 * The probe is removed whatever happens.
 * @throws STORAGE_UNSUITABLE for a store that ignores conditions; STORAGE_FAILED for one that does not return
 *   what was written
 */
export async function checkStore(store: ObjectStore): Promise<void> {
  const key = `probes/${randomUUID()}`;
  const first = Buffer.from('first');
  const second = Buffer.from('second');
  try {
    const created = await store.put(key, first, { ifNoneMatch: '*' });
    const read = await store.getWithEtag(key);
    if (read?.body.equals(first) !== true || read.etag !== created.etag) {
      throw new AlexnetError('STORAGE_FAILED', {
        expected: `${store.url} to return the probe object that was just written`,
        actual: read === undefined ? 'no object' : 'another body or etag',
        remedy: 'Use a store that is consistent after a write.',
      });
    }
    await mustRefuse(store, key, 'If-None-Match: *', { ifNoneMatch: '*' });
    const replaced = await store.put(key, second, { ifMatch: created.etag });
    await mustRefuse(store, key, 'If-Match with an outdated etag', { ifMatch: created.etag });
    if ((await store.head(key))?.etag !== replaced.etag) throw unsuitable(store, 'a refused write as done');
  } finally {
    await store.delete(key);
  }
}

async function mustRefuse(
  store: ObjectStore,
  key: string,
  what: string,
  condition: PutCondition,
): Promise<void> {
  try {
    await store.put(key, Buffer.from('must not be written'), condition);
  } catch (error) {
    if (hasCode(error, 'OBJECT_PRECONDITION_FAILED')) return;
    throw error;
  }
  throw unsuitable(store, `a write under ${what}`);
}

function unsuitable(store: ObjectStore, accepted: string): AlexnetError {
  return new AlexnetError('STORAGE_UNSUITABLE', {
    expected: `${store.url} to refuse conditional writes whose condition does not hold`,
    actual: `it accepted ${accepted}`,
    remedy:
      'Use AWS S3, MinIO, versitygw or a directory; some servers (garage, s3rver) ignore If-Match and If-None-Match.',
  });
}
