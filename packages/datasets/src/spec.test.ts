import { expect, it } from 'vitest';
import { checkSpec } from './spec.ts';

const SPEC = { name: 'd', valFraction: 0.1, seed: 1 };
const refused = expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error;

it('takes a source that a job can carry', () => {
  expect(checkSpec({ ...SPEC, source: `/${'a'.repeat(3_000)}` }).side).toBe(256);
});

it.each([
  ['a source', { source: `/${'a'.repeat(4_000)}` }],
  ['a source whose characters take several bytes', { source: `/${'界'.repeat(1_300)}` }],
  ['folders', { source: '/s', train: 'a'.repeat(2_000), val: 'b'.repeat(2_000) }],
  ['the name of a region', { source: 's3://b', access: { region: 'a'.repeat(4_000) } }],
])('refuses %s too long for that', (_, settings) => {
  expect(() => checkSpec({ ...SPEC, ...settings })).toThrow(refused);
});
