import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openTensorflow } from '@alexnet/tensorflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { constant, falling, narrowCase, paperCase, VARIANTS } from './cases.ts';
import { writeCase } from './case.ts';
import { compareWithJax } from './comparison.ts';
import type { Comparison } from './comparison.ts';
import { makeTrainingData } from './dataset.ts';
import type { TrainingData } from './dataset.ts';
import { pythonOrSkip } from './python.ts';

const python = (await pythonOrSkip('our arithmetic against JAX')) ?? '';
const tensorflow = openTensorflow({ device: 'cpu' });

/** Of norms. */
const LOGITS = 1e-4;
const GRADIENT = 1e-3;
const WEIGHT = 1e-3;
/** Of how far 20 steps take a weight: rounding grows from step to step, and may switch a ReLU over. */
const WAY = 1e-2;

let folder: string;
let data: TrainingData;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-parity-'));
  data = await makeTrainingData(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function expectFirstBatch({ activations, parameters }: Comparison): void {
  for (const { name, difference } of activations) expect(difference, name).toBeLessThan(LOGITS);
  for (const { name, gradient } of parameters) expect(gradient, name).toBeLessThan(GRADIENT);
}

function expectTraining({ parameters }: Comparison): void {
  for (const { name, weight, way } of parameters) {
    expect(weight, name).toBeLessThan(WEIGHT);
    expect(way, name).toBeLessThan(WAY);
  }
}

/** Each loss is that of the reference, whose weights come apart from ours as they are trained. */
function expectLosses(ours: readonly number[], { losses }: Comparison): void {
  for (const [step, loss] of losses.entries()) {
    expect(Math.abs((ours[step] ?? NaN) - loss) / loss, `step ${step}`).toBeLessThan(1e-3);
  }
}

describe.skipIf(python === '')('a narrow net trained for 20 steps comes to what JAX comes to', () => {
  it.each(Object.entries(VARIANTS))('%s', async (_, settings) => {
    const losses = await writeCase(path.join(folder, 'narrow'), narrowCase(tensorflow, data, settings));
    const comparison = await compareWithJax(python, path.join(folder, 'narrow'), { precision: 'float64' });
    expectFirstBatch(comparison);
    expectTraining(comparison);
    expectLosses(losses, comparison);
  });
});

describe.skipIf(python === '')("the momentum of PyTorch's SGD and of TensorFlow's MomentumOptimizer", () => {
  const compare = async (
    rates: readonly number[],
  ): Promise<{ papers: Comparison; frameworks: Comparison }> => {
    const target = path.join(folder, 'rule');
    await writeCase(target, narrowCase(tensorflow, data, [], rates));
    const [papers, frameworks] = [
      await compareWithJax(python, target, { precision: 'float64', rule: 'paper' }),
      await compareWithJax(python, target, { precision: 'float64', rule: 'framework' }),
    ];
    return { papers, frameworks };
  };

  it('comes to other weights than ours and the paper where the learning rate falls', async () => {
    const { papers, frameworks } = await compare(falling(0.005));
    expectTraining(papers);
    for (const { name, weight, way } of frameworks.parameters) {
      expect(weight, name).toBeGreaterThan(WEIGHT);
      expect(way, name).toBeGreaterThan(10 * WAY);
    }
  });

  it('is the same at a constant learning rate', async () => {
    const { papers, frameworks } = await compare(constant(0.001));
    expectTraining(papers);
    expectTraining(frameworks);
  });
});

describe.skipIf(python === '')('the whole net of the paper', () => {
  it('comes to what JAX comes to, in float32 and in float64', async () => {
    const target = path.join(folder, 'paper');
    const losses = await writeCase(target, paperCase(tensorflow, data));
    const comparison = await compareWithJax(python, target, { precision: 'float32' });
    expectFirstBatch(comparison);
    expectTraining(comparison);
    expectLosses(losses, comparison);
    // 20 steps in float64 take JAX minutes: `npm run parity`.
    expectFirstBatch(await compareWithJax(python, target, { precision: 'float64', firstBatchOnly: true }));
  });
});
