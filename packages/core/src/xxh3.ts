import { compileKernel, type KernelInstance, type KernelMemory } from './kernel.ts';
import { XXH3_BINARY } from './xxh3-binary.ts';

/** The function of kernel/xxh3.as; its arguments are offsets in the kernel's memory. */
interface Functions {
  xxh128(input: number, length: number, target: number): void;
}

/** What lies below belongs to the hash in every memory that it works in: its constants, and the digest that it writes. */
export const XXH3_FIRST_FREE = 4_096;
/** The hash of fewer bytes has other rules, which are not needed here. */
export const XXH3_LEAST_BYTES = 241;

const DIGEST_AT = 0;
const DIGEST_BYTES = 16;

const instantiate = compileKernel<Functions>(XXH3_BINARY);

/** XXH3-128 of `length` bytes, at least {@link XXH3_LEAST_BYTES}, from an offset on, as 32 hexadecimal digits. */
export type HashInMemory = (at: number, length: number) => string;

/** For bytes that lie in the memory of a kernel, from {@link XXH3_FIRST_FREE} on. */
export function hashIn(memory: KernelMemory): HashInMemory {
  return hashOf(instantiate(memory));
}

function hashOf({ functions, memory }: KernelInstance<Functions>): HashInMemory {
  const { byteLength } = memory.buffer;
  const digest = Buffer.from(memory.buffer, DIGEST_AT, DIGEST_BYTES);
  return (at, length) => {
    if (length < XXH3_LEAST_BYTES || at < XXH3_FIRST_FREE || at + length > byteLength)
      throw new RangeError(`cannot hash ${length} bytes from ${at} on, of ${byteLength}`);
    functions.xxh128(at, length, DIGEST_AT);
    return digest.toString('hex');
  };
}

let own: { bytes: Uint8Array; hash: HashInMemory } | undefined;

/**
 * XXH3-128 with seed 0 and the default secret, as 32 hexadecimal digits, faster than SHA-256. For what may be
 * damaged, not for what may be forged.
 * @param bytes at least {@link XXH3_LEAST_BYTES}
 * @throws RangeError for fewer
 */
export function xxh128(bytes: Uint8Array): string {
  if (own === undefined || own.bytes.length < bytes.length) {
    const instance = instantiate(XXH3_FIRST_FREE + bytes.length);
    own = { bytes: new Uint8Array(instance.memory.buffer, XXH3_FIRST_FREE), hash: hashOf(instance) };
  }
  own.bytes.set(bytes);
  return own.hash(XXH3_FIRST_FREE, bytes.length);
}
