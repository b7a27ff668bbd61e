import type { z } from 'zod';
import { canonicalDigest } from '@alexnet/storage';
import { corrupt, parseJson } from './json.ts';

/** The digest of a sealed value: SHA-256 of the canonical JSON of everything but the field `digest`. */
const sealOf = (value: object): string => canonicalDigest({ ...value, digest: undefined });

/** The same value with its digest in it, so that a changed byte is noticed when it is read. */
export const sealed = <T extends object>(value: T): T & { digest: string } => ({
  ...value,
  digest: sealOf(value),
});

export const sealedJson = (value: object): Buffer => Buffer.from(JSON.stringify(sealed(value)));

/** Reads what {@link sealedJson} wrote. @throws FORMAT_INVALID, OBJECT_CORRUPT when it was changed since */
export function parseSealed<T extends z.ZodType<{ digest: string }>>(
  schema: T,
  body: Buffer,
  key: string,
): z.infer<T> {
  const value = parseJson(schema, body, key);
  const digest = sealOf(value);
  if (digest !== value.digest) throw corrupt(key, `the digest ${value.digest}`, digest);
  return value;
}
