import { findVersitygw, startVersitygw } from '@alexnet/local';
import { describe, expect, it } from 'vitest';
import { cacheDir, isThere, s3Backend } from './backends.ts';
import { coded, objectStoreContract } from './object-store.ts';

const there = isThere('versitygw', await findVersitygw(cacheDir));

describe.skipIf(!there)('with versitygw', () => {
  objectStoreContract('versitygw', () => s3Backend(startVersitygw));

  it('a key that is also the beginning of another is refused as such', async () => {
    const backend = await s3Backend(startVersitygw);
    const store = backend.open('place');
    await store.put('a/b', Buffer.from('1'));
    await expect(store.put('a', Buffer.from('2'))).rejects.toThrow(coded('KEY_INVALID'));
    await expect(store.put('a/b/c', Buffer.from('2'))).rejects.toThrow(coded('KEY_INVALID'));
    await store.close();
    await backend.stop();
  });
});
