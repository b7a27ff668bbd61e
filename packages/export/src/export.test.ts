import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from '@alexnet/safetensors';
import { openTensorflow } from '@alexnet/tensorflow';
import { exportNet } from './export.ts';
import { buildLayersModel } from './layers-model.ts';
import { inventedNets } from './testing.ts';

let place: string;
let out: string;
beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'alexnet-export-'));
  out = path.join(place, 'out');
});
afterEach(() => rm(place, { recursive: true, force: true }));

const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
const read = (name: string): Promise<Buffer> => readFile(path.join(out, name));
const readJson = async (name: string): Promise<Record<string, unknown>> =>
  JSON.parse((await read(name)).toString('utf8')) as Record<string, unknown>;

describe('safetensors', () => {
  it('has every weight, the mean image, and where they come from', async () => {
    const trained = inventedNets().unusual;
    const files = await exportNet(trained, { format: 'safetensors', out });
    expect(files.map(({ name }) => name)).toEqual(['model.json', 'model.safetensors']);
    const bytes = await read('model.safetensors');
    expect(files[1]?.bytes).toBe(bytes.length);
    const mean = { shape: [33, 33, 3], data: trained.meanImage };
    expect(parse(bytes)).toEqual(new Map([...trained.weights, ['mean', mean]]));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE()))) as object;
    const metadata = { run: 'invented', checkpoint: 'step-00000007-1', step: '7' };
    expect(header).toMatchObject({ __metadata__: metadata });
  });

  it('describes the net so that another program can compute it', async () => {
    await exportNet(inventedNets().unusual, { format: 'safetensors', out });
    const model = await readJson('model.json');
    expect(model).toMatchObject({
      version: 1,
      run: 'invented',
      checkpoint: 'step-00000007-1',
      step: 7,
      classes: ['class 0', 'class 1', 'class 2', 'class 3', 'class 4', 'class 5', 'class 6'],
      storedSide: 40,
      inputSide: 33,
      inputDivisor: 60,
    });
    expect((model['layers'] as object[]).slice(0, 4)).toEqual([
      {
        ...{
          kind: 'convolution',
          name: 'conv1',
          filters: 12,
          size: 5,
          stride: 2,
          padding: 'same',
          groups: 1,
        },
        ...{ input: [33, 33, 3], output: [17, 17, 12] },
      },
      {
        ...{ kind: 'normalise', depthRadius: 1, bias: 1, alpha: 0.1, beta: 0.5 },
        ...{ input: [17, 17, 12], output: [17, 17, 12] },
      },
      { kind: 'relu', input: [17, 17, 12], output: [17, 17, 12] },
      {
        ...{ kind: 'convolution', name: 'conv2', filters: 9, size: 4, stride: 3, padding: 'same', groups: 3 },
        ...{ input: [17, 17, 12], output: [6, 6, 9] },
      },
    ]);
  });
});

describe('tfjs', () => {
  it('is a model that TensorFlow.js loads, with its weights in shards of 4 MB', async () => {
    const trained = inventedNets().plain;
    const count = 154_587 + [...trained.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
    const files = await exportNet(trained, { format: 'tfjs', out });
    const shards = files.filter(({ name }) => name.endsWith('.bin')).map(({ bytes }) => bytes);
    expect(shards).toEqual([4 * 1024 ** 2, 4 * count - 4 * 1024 ** 2]);

    const tensorflow = openTensorflow({ device: 'cpu' });
    const built = buildLayersModel(tensorflow, trained);
    const loaded = await tensorflow.tf.loadLayersModel(`file://${out}/model.json`);
    const [expected, weights] = [built, loaded].map((net) =>
      net.getWeights().map((one) => bytesOf(one.dataSync())),
    );
    // Millions of numbers, which `toEqual` would compare one by one.
    expect(weights?.map((bytes, i) => bytes.equals(expected?.[i] ?? Buffer.alloc(0)))).toEqual(
      expected?.map(() => true),
    );
    expect(loaded.getUserDefinedMetadata()).toEqual({
      ...{ run: 'invented', checkpoint: 'step-00000007-1', step: 7 },
      ...{ classes: trained.classes, storedSide: 256, inputSide: 227 },
    });
    built.dispose();
    loaded.dispose();
  });

  it('has a page that asks nobody else for anything', async () => {
    await exportNet(inventedNets().unusual, { format: 'tfjs', out });
    const names = await readdir(out);
    const html = (await read('index.html')).toString('utf8');
    const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name = '']) => name);
    expect(asked).toContain('tf.min.js');
    expect(asked.filter((name) => name !== 'data:,' && !names.includes(name))).toEqual([]);
    for (const name of names.filter((name) => name !== 'tf.min.js' && /\.(html|css|js)$/.test(name))) {
      expect((await read(name)).toString('utf8'), name).not.toMatch(/https?:\/\/(?!127\.0\.0\.1)/);
    }
  });

  it('is not there when it was interrupted', async () => {
    const signal = AbortSignal.abort('SIGINT');
    const exporting = exportNet(inventedNets().unusual, { format: 'tfjs', out, signal });
    await expect(exporting).rejects.toBe('SIGINT');
    expect(await readdir(place)).toEqual([]);
  });
});
