/** The thread that TensorFlow lives in: its calls are synchronous, and the main thread answers requests. */
import { CheckpointReader } from '@alexnet/checkpoints';
import type { Config } from '@alexnet/core';
import { decodeSquare } from '@alexnet/images';
import { openConfiguredStore, Predictor, readTrainedNet } from '@alexnet/pipeline';
import { workerData } from 'piscina';
import { answering } from '../threads/answering.ts';
import type { Predicted, PredictedImage, PredictRequest } from './protocol.ts';

interface Loaded {
  /** Says which weights these are, also where a run was removed and another one has its name. */
  weights: string;
  predictor: Predictor;
  checkpoint: string;
  step: number;
}

const store = openConfiguredStore(workerData as Config);
/** One net at a time: the largest needs a quarter of a gigabyte. */
let loaded: Loaded | undefined;

export default answering(predict);

async function predict(request: PredictRequest): Promise<Predicted> {
  const { predictor, checkpoint, step } = await load(request);
  const images: PredictedImage[] = [];
  for (const image of request.images) {
    const square =
      'square' in image ? image.square : await decodeSquare(Buffer.from(image.file), predictor.side);
    images.push({ square, ...predictor.predictTenViews(square) });
  }
  const { side: storedSide, inputSide, tenViews: views } = predictor;
  return { checkpoint, step, storedSide, inputSide, views, images };
}

async function load({ run, selector }: PredictRequest): Promise<Loaded> {
  const { name, model } = await new CheckpointReader(store, run).manifest(selector);
  const weights = `${run} ${name} ${model.sha256}`;
  if (loaded?.weights === weights) return loaded;
  loaded?.predictor.close();
  loaded = undefined;
  const trained = await readTrainedNet(store, run, selector);
  const { checkpoint, step } = trained;
  loaded = { weights, predictor: await Predictor.open(trained), checkpoint, step };
  return loaded;
}
