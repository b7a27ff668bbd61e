import { describe, expect, it } from 'vitest';
import { sha256Hex, StreamHash } from './hashing.ts';

const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'; // FIPS 180-2, B.1

describe('SHA-256', () => {
  it('gives the published digest of "abc"', async () => {
    expect(sha256Hex(Buffer.from('abc'))).toBe(ABC);
    const hash = new StreamHash();
    await hash.update(Buffer.from('a'));
    await hash.update(Buffer.from('bc'));
    expect(hash.digest()).toBe(ABC);
    expect(hash.size).toBe(3);
  });

  it('does not depend on how the bytes are cut, and lets other work run in between', async () => {
    const bytes = Buffer.alloc(9 * 1024 ** 2, 'alexnet');
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const hash = new StreamHash();
    await hash.update(bytes);
    clearInterval(timer);
    expect(hash.digest()).toBe(sha256Hex(bytes));
    expect(turns).toBeGreaterThan(0);
  });
});
