/** `pnpm faults [FAULT…] [--seed S] [--minutes M] [--slice-servers 1|2] [--json FILE] [--markdown]`: docs/reliability.md */
import { writeFile } from 'node:fs/promises';
import { setExitCode } from '../support/program.ts';
import { FAULTS } from './faults/index.ts';
import { parseOptions } from './options.ts';
import { markdownReport, plainTable } from './report.ts';
import { runSuite } from './suite.ts';

const EPOCHS = 40;
const INGESTS = 2;

/** @returns the exit code */
async function main(): Promise<number> {
  const { seed, minutes, sliceServers, faults, json, markdown } = parseOptions(process.argv.slice(2), FAULTS);
  const report = await runSuite({
    ...{ seed, minutes, sliceServers, faults, epochs: EPOCHS, ingests: INGESTS },
    keepLogs: true,
    print: (line) => console.error(line),
  });
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(markdown ? markdownReport(report) : plainTable(report));
  return report.problems.length === 0 ? 0 : 1;
}

await setExitCode(main);
// A library may keep a socket open.
process.exit();
