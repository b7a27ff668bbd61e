import { canonicalDigest } from './canonical.ts';

/**
 * An object as JSON with a checksum in it: `checksum` is the SHA-256 of the canonical JSON of the other fields. A digit that
 * a disk has changed would otherwise be read as another value.
 */
export function checkedJson(value: object): Buffer {
  return Buffer.from(`${JSON.stringify({ ...value, checksum: canonicalDigest(value) }, undefined, 2)}\n`);
}

/**
 * Reads what {@link checkedJson} wrote, and leaves its checksum out. JSON without one, as earlier versions wrote it, is taken
 * as it is.
 * @throws Error where it is no JSON or does not have its checksum
 */
export function parseCheckedJson(body: Buffer): unknown {
  const parsed: unknown = JSON.parse(body.toString('utf8'));
  if (typeof parsed !== 'object' || parsed === null || !('checksum' in parsed)) return parsed;
  const { checksum, ...value } = parsed;
  const actual = canonicalDigest(value);
  if (checksum !== actual) throw new Error(`its checksum is ${String(checksum)}, its content has ${actual}`);
  return value;
}
