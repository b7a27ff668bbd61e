import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FAULTS } from './faults/index.ts';
import { suiteCanRun } from './programs.ts';
import { plainTable } from './report.ts';
import { runSuite } from './suite.ts';

describe.skipIf(!suiteCanRun)('the fault suite', () => {
  it('finds every run and every dataset as undisturbed after a minute of faults', async () => {
    const seed = randomInt(2 ** 32);
    const report = await runSuite({
      ...{ seed, sliceServers: 1 + (seed % 2), minutes: 1, faults: FAULTS, epochs: 20, ingests: 1 },
      keepLogs: true,
      print: (line) => console.log(line),
    });
    console.log(plainTable(report));
    expect(report.problems).toEqual([]);
    expect(report.happenings.length).toBeGreaterThan(0);
    expect(report.runs).toBeGreaterThan(0);
  });
});
