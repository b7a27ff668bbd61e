import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { campaign } from './campaign.ts';
import { PARSERS } from './parsers.ts';
import { PLANTED } from './parsers/planted.ts';
import { faults } from './report.ts';
import type { Result } from './tally.ts';

const INPUTS = 500;
const NAMES = PARSERS.map(({ name }) => name);
const seed = randomInt(2 ** 30);
console.log(`pnpm fuzz --inputs ${INPUTS} --seed ${seed}`);

let results: Result[];
beforeAll(async () => {
  results = await campaign(NAMES, { inputs: INPUTS, seed });
});

describe(`with seed ${seed}`, () => {
  it.each(NAMES)('%s accepts or refuses, and does nothing else', (name) => {
    const [result] = results.filter(({ parser }) => parser === name);
    if (result === undefined) throw new RangeError(name);
    expect(faults(result)).toEqual([]);
    const refused = Object.values(result.refused).reduce((sum, count) => sum + count, 0);
    expect(result.accepted + refused).toBe(INPUTS);
    // Otherwise its documents are not valid, or nothing of them is looked at.
    expect(Math.min(result.accepted, refused)).toBeGreaterThan(0);
  });
});

it('notices an error of no code, the end of the process, memory set aside, and an input without end', async () => {
  const results = await campaign(
    PLANTED.map(({ name }) => name),
    { inputs: 1, seed },
  );
  expect(results.map(({ crashes, hangs }) => [...crashes.map(({ what }) => what), ...hangs])).toEqual([
    [expect.stringContaining('SyntaxError')],
    [expect.stringContaining('ended with 3')],
    [expect.stringContaining('ended with SIGSEGV')],
    [expect.stringContaining('set aside 100 MiB')],
    [0],
  ]);
});
