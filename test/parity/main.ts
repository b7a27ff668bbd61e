/** `npm run parity [-- --json]`: the whole net of the paper against JAX, as tables for docs/fidelity.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openTensorflow } from '@alexnet/tensorflow';
import { parseArguments } from '../support/command-line.ts';
import { parityPython } from '../support/parity.ts';
import { setExitCode } from '../support/program.ts';
import { writeCase } from './case.ts';
import { paperCase } from './cases.ts';
import { compareWithJax } from './comparison.ts';
import { makeTrainingData } from './dataset.ts';
import { markdown } from './report.ts';
import type { ParityReport } from './report.ts';

const HELP = `npm run parity [-- --json] [-- --help]

Trains the whole net of the paper for 20 steps with our engine and with JAX, in float32 and in float64, and prints how
far they are apart. Takes about 5 minutes on two cores and 2 GB of disk.

Example: npm run --silent parity -- --json > parity.json
`;

const progress = (line: string): void => console.error(line);

async function measure(): Promise<ParityReport> {
  const python = await parityPython();
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-parity-'));
  try {
    progress('parity  data, and our training');
    const training = paperCase(openTensorflow({ device: 'cpu' }), await makeTrainingData(folder));
    const target = path.join(folder, 'paper');
    const losses = await writeCase(target, training);
    progress('parity  JAX in float32, about a minute');
    const float32 = await compareWithJax(python, target, { precision: 'float32' });
    progress('parity  JAX in float64, about four minutes');
    const float64 = await compareWithJax(python, target, { precision: 'float64' });
    return { losses, float32, float64 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await setExitCode(async () => {
  const { values } = parseArguments(process.argv.slice(2), '[--json] [--help]', {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  const { json, help } = values;
  if (help) process.stdout.write(HELP);
  else {
    const report = await measure();
    console.log(json ? JSON.stringify(report, undefined, 2) : markdown(report));
  }
  return 0;
});
