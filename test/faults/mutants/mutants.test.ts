import { describe, expect, it } from 'vitest';
import { mutantEnvironment, MUTANTS } from './mutants.ts';
import { suiteCanRun } from '../programs.ts';
import { runSuite } from '../suite.ts';

describe.skipIf(!suiteCanRun)('the fault suite finds', () => {
  it.each(Object.entries(MUTANTS))('%s', async (_, mutant) => {
    const { problems } = await runSuite({
      sliceServers: 1,
      ...{ seed: 1, minutes: 2, faults: mutant.faults, epochs: 12, ingests: 0 },
      ...{ keepLogs: false },
      environment: mutantEnvironment(mutant),
      print: (line) => console.log(line),
    });
    expect(problems.join('\n')).toMatch(mutant.problem);
  });
});
