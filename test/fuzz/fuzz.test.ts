import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { toAlexnetError } from '@alexnet/core';
import { campaign } from './campaign.ts';
import { PARSERS } from './parsers.ts';
import { PLANTED } from './parsers/planted.ts';
import { faults } from './report.ts';
import type { Result } from './tally.ts';

const INPUTS = 500;
const NAMES = PARSERS.map(({ name }) => name);
const seed = randomInt(2 ** 30);
console.log(`pnpm fuzz --inputs ${INPUTS} --seed ${seed}`);

const results = new Map<string, Result>();
let failure: unknown;
beforeAll(() => {
  // Not awaited: each test waits for its own parser, and is given time for no other.
  campaign(NAMES, { inputs: INPUTS, seed }, (result) => results.set(result.parser, result)).catch(
    (error: unknown) => (failure = error),
  );
});

async function resultOf(name: string): Promise<Result> {
  for (;;) {
    const result = results.get(name);
    if (result !== undefined) return result;
    if (failure !== undefined) throw toAlexnetError(failure);
    await sleep(50);
  }
}

describe(`with seed ${seed}`, () => {
  it.each(NAMES)('%s accepts or refuses, and does nothing else', async (name) => {
    const result = await resultOf(name);
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
