import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TrainedNet } from '@alexnet/pipeline';
import { browserScript, openTensorflow, type Tensorflow } from '@alexnet/tensorflow';
import { assetFile } from './assets.ts';
import { LAYERS_SCRIPT } from './custom-layers.ts';
import { buildLayersModel, type LayersModel } from './layers-model.ts';

type Tf = Tensorflow['tf'];
type SaveHandler = Parameters<Tf['io']['withSaveHandler']>[0];

/** What tfjs-converter cuts weights into, so that browsers cache them. */
const SHARD_BYTES = 4 * 1024 ** 2;
const PAGE = ['index.html', 'page.css', 'page.js', 'predict.js', LAYERS_SCRIPT];

/**
 * Writes a LayersModel, `model.json` with its weights in shards, and a page that shows its predictions: docs/export.md.
 * Holds the weights about four times.
 * @throws TENSORFLOW_MISSING
 */
export async function writeTfjs(trained: TrainedNet, folder: string): Promise<void> {
  // A GPU may be training; nothing is computed here.
  const tensorflow = openTensorflow({ device: 'cpu' });
  const model = buildLayersModel(tensorflow, trained);
  try {
    const { run, checkpoint, step, classes, storedSide, net } = trained;
    model.setUserDefinedMetadata({ run, checkpoint, step, classes, storedSide, inputSide: net.input[0] });
    await saveModel(tensorflow, model, folder);
  } finally {
    model.dispose();
  }
  for (const name of PAGE) await copyFile(assetFile(name), path.join(folder, name));
  await copyFile(browserScript(), path.join(folder, 'tf.min.js'));
}

async function saveModel({ tf }: Tensorflow, model: LayersModel, folder: string): Promise<void> {
  const handler: SaveHandler = async (artifacts) => {
    const { weightData, weightSpecs: weights, ...topology } = artifacts;
    const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
    const weightsManifest = [{ paths: await writeShards(bytes, folder), weights }];
    await writeFile(path.join(folder, 'model.json'), JSON.stringify({ ...topology, weightsManifest }));
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
  };
  await model.save(tf.io.withSaveHandler(handler));
}

/** Writes `group1-shard1of9.bin` and so on, names as tfjs-converter gives them. Returns them in order. */
async function writeShards(bytes: Uint8Array, folder: string): Promise<string[]> {
  const count = Math.ceil(bytes.length / SHARD_BYTES);
  const names = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  for (const [i, name] of names.entries()) {
    await writeFile(path.join(folder, name), bytes.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES));
  }
  return names;
}
