import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FAULTS } from './faults/index.ts';
import { secondTrainer } from './faults/trainers.ts';
import { suiteCanRun } from './programs.ts';
import { plainTable } from './report.ts';
import { runSuite, type Report, type SuiteOptions } from './suite.ts';

const print = (line: string): void => console.log(line);

async function run(
  options: Partial<SuiteOptions> & Pick<SuiteOptions, 'faults' | 'minutes'>,
): Promise<Report> {
  const seed = randomInt(2 ** 32);
  const report = await runSuite({
    seed,
    epochs: 20,
    ingests: 0,
    keepLogs: true,
    print,
    ...options,
  });
  console.log(plainTable(report));
  return report;
}

describe.skipIf(!suiteCanRun)('the fault suite', () => {
  it('finds every run and every dataset as undisturbed after four minutes of faults', async () => {
    const { problems, happenings, runs } = await run({ faults: FAULTS, minutes: 4, ingests: 1 });
    expect(problems).toEqual([]);
    expect(happenings.length).toBeGreaterThan(0);
    expect(runs).toBeGreaterThan(0);
  });

  it('lets one of two trainers of a run advance, and the other one says why it leaves', async () => {
    const { problems, happenings } = await run({ faults: [secondTrainer], minutes: 0.5 });
    expect(problems).toEqual([]);
    expect(happenings.map(({ outcome }) => outcome).join()).toContain('RUN_FENCED');
  });
});
