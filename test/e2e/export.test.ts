import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { exportNet } from '@alexnet/export';
import { inventedNets } from '@alexnet/export/testing';
import { checkedJson, parseCheckedJson } from '@alexnet/storage';
import { parityPython } from '../support/parity.ts';
import { drawForNet, expectSamePredictions, type Prediction } from '../support/predictions.ts';
import { run } from '../support/run.ts';
import { RUN, startTrainedRun, type TrainedRun } from '../support/trained.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/export.md', import.meta.url));

let trained: TrainedRun;
let folder: string;
beforeAll(async () => {
  trained = await startTrainedRun();
  folder = trained.pipeline.folder;
});
afterAll(() => trained.pipeline.close());

/** The program of docs/export.md, as it stands there. */
async function snippet(): Promise<string> {
  const document = await readFile(DOCUMENT, 'utf8');
  const found = [...document.matchAll(/```python\n([^`]+)```/g)].map(([, code = '']) => code.trim());
  expect(found).toHaveLength(1);
  expect(found[0]?.split('\n').length).toBeLessThanOrEqual(20);
  return found[0] ?? '';
}

/** Runs it on images. */
async function runSnippet(exported: string, images: readonly string[]): Promise<Prediction[]> {
  const program = path.join(folder, 'predict.py');
  await writeFile(program, await snippet());
  const { status, stdout, tail } = await run(await parityPython(), [program, exported, ...images]);
  if (status !== 0) throw new Error(tail);
  return readSnippet(stdout);
}

/** The name of each image in a line, and its classes in the lines after it, "  0.628656 flags". */
function readSnippet(text: string): Prediction[] {
  const predictions: Prediction[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const [, probability, name = ''] = /^ {2}([\d.]+) (.*)$/.exec(line) ?? [];
    if (probability === undefined) predictions.push({ image: line, top: [] });
    else predictions.at(-1)?.top.push({ class: name, probability: Number(probability) });
  }
  return predictions;
}

describe('export --format safetensors', () => {
  it('lets the Python of the document predict what this one predicts', async () => {
    const out = path.join(folder, 'weights');
    const result = await trained.pipeline.json(
      ...['export', '--run', RUN, '--format', 'safetensors', '--out', out],
    );
    expect(result).toMatchObject({ run: RUN, format: 'safetensors', out });
    expectSamePredictions(await runSnippet(out, trained.pictures), trained.predictions);
  });

  it('describes every kind of net well enough for that', async () => {
    for (const [name, net] of Object.entries(inventedNets())) {
      const out = path.join(folder, name);
      await exportNet(net, { format: 'safetensors', out });
      const wanted = await drawForNet(net, folder, `${name}.png`);
      expectSamePredictions(await runSnippet(out, [wanted.image]), [wanted]);
    }
  });
});

describe('export', () => {
  it('takes the checkpoint that it is asked for', async () => {
    const { store } = await trained.pipeline.library();
    const out = path.join(folder, 'best');
    const options = ['--checkpoint', 'best', '--format', 'safetensors', '--out', out];
    const best = await new CheckpointReader(store, RUN).best();
    const exported = await trained.pipeline.json('export', '--run', RUN, ...options);
    expect(exported).toMatchObject({ checkpoint: best?.checkpoint, step: best?.step });
  });

  it('refuses a folder with something in it, a run that is not there, an unknown format', async () => {
    const refused = async (where: string, format: string, out: string): Promise<[number, string]> => {
      const options = ['--run', where, '--format', format, '--out', path.join(folder, out)];
      const { code, stderr } = await trained.pipeline.alexnet(['export', ...options]);
      return [code, stderr];
    };
    expect(await refused(RUN, 'tfjs', '.')).toEqual([2, expect.stringContaining('USAGE')]);
    expect(await refused('none', 'tfjs', 'no')).toEqual([1, expect.stringContaining('RUN_NOT_FOUND')]);
    expect(await refused(RUN, 'onnx', 'no')).toEqual([2, expect.stringContaining('safetensors, tfjs')]);
    expect((await readdir(folder)).filter((name) => name.startsWith('no'))).toEqual([]);
  });

  it('refuses a run whose mean image is gone, because its dataset was replaced', async () => {
    const runs = path.join(fileURLToPath(trained.pipeline.environment['STORAGE_URL'] ?? ''), 'runs');
    await cp(path.join(runs, RUN), path.join(runs, 'older'), { recursive: true });
    const file = path.join(runs, 'older/run.json');
    const spec = parseCheckedJson(await readFile(file)) as { dataset: object };
    const dataset = { ...spec.dataset, digest: '0'.repeat(64) };
    await writeFile(file, checkedJson({ ...spec, run: 'older', dataset }));
    const checkpoints = path.join(runs, 'older/checkpoints');
    for (const name of await readdir(checkpoints)) {
      const manifest = path.join(checkpoints, name, 'checkpoint.json');
      const text = JSON.stringify(parseCheckedJson(await readFile(manifest)));
      const moved = JSON.parse(text.replaceAll(`runs/${RUN}/`, 'runs/older/')) as object;
      await writeFile(manifest, checkedJson({ ...moved, run: 'older' }));
    }
    const options = ['--run', 'older', '--format', 'safetensors', '--out', path.join(folder, 'older')];
    const { code, stderr } = await trained.pipeline.alexnet(['export', ...options]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('DATASET_CHANGED')]);
  });
});
