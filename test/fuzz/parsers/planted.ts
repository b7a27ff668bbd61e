import { raw } from '../parser.ts';
import type { Parser } from '../parser.ts';

const MiB = 1024 ** 2;
const held: Buffer[] = [];

const planted = (name: string, read: () => unknown): Parser => ({
  name: `planted-${name}`,
  open: () => ({ documents: [raw(Buffer.from('x'))], read }),
});

/** What a parser must not do, each with every input: for the test that it is noticed. */
export const PLANTED: readonly Parser[] = [
  planted('error', () => JSON.parse('{')),
  planted('end', () => process.exit(3)),
  planted('signal', () => process.kill(process.pid, 'SIGSEGV')),
  planted('memory', () => held.push(Buffer.alloc(100 * MiB))),
  planted('hang', () => {
    for (;;);
  }),
];
