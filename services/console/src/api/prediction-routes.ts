import { openSamples } from '@alexnet/datasets';
import { AlexnetError } from '@alexnet/core';
import { encodePng } from '@alexnet/images';
import { readDatasetOf, readRunSpec } from '@alexnet/pipeline';
import * as z from 'zod';
import { CheckpointChoice, selectorOf } from './checkpoint-choice.ts';
import type { Parts, Server } from './parts.ts';
import { Name, Prediction, PredictSamples, SamplePredictions } from './schemas.ts';

/** Of an image file. */
const IMAGE_LIMIT_BYTES = 20 * 1024 ** 2;
/** From one address: each takes TensorFlow some tenths of a second. */
const PREDICTIONS_A_MINUTE = 300;

const RunName = z.object({ run: Name });
const common = {
  config: { rateLimit: { max: PREDICTIONS_A_MINUTE, timeWindow: '1 minute' } },
};
const described = { tags: ['predictions'], security: [{ token: [] }] };

/** What a net takes images for. Nothing is changed, but computing costs: these need the token. */
export function predictionRoutes(server: Server, { backend, predictions }: Parts): void {
  const { store, shards } = backend;
  server.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: IMAGE_LIMIT_BYTES },
    (_, body, done) => {
      done(null, body);
    },
  );

  server.post(
    '/runs/:run/predict',
    {
      ...common,
      bodyLimit: IMAGE_LIMIT_BYTES,
      schema: {
        ...described,
        summary: 'The most probable classes of an image, whose bytes are the body',
        params: RunName,
        querystring: z.object({ checkpoint: CheckpointChoice.default('best') }),
        consumes: ['application/octet-stream'],
        body: z.custom<Buffer>(
          (body) => Buffer.isBuffer(body),
          'the bytes of an image, as application/octet-stream',
        ),
        response: { 200: Prediction },
      },
    },
    async ({ params: { run }, query: { checkpoint: choice }, body }) => {
      await readRunSpec(store, run);
      const { images, views, ...facts } = await predictions.predict({
        run,
        selector: selectorOf(choice),
        images: [{ file: body }],
      });
      const [image] = images;
      if (image === undefined) throw new Error('the thread answered without a prediction');
      const { square, centre, mean } = image;
      const png = await encodePng(square, {
        width: facts.storedSide,
        height: facts.storedSide,
        channels: 3,
      });
      return {
        ...{ run, ...facts, centre, mean },
        views: views.map(({ top, left, mirror }) => ({ top, left, mirrored: mirror })),
        stored: `data:image/png;base64,${png.toString('base64')}`,
      };
    },
  );

  server.post(
    '/runs/:run/predict/samples',
    {
      ...common,
      schema: {
        ...described,
        summary: 'The most probable classes of validation images, by the ids of their samples',
        params: RunName,
        body: PredictSamples,
        response: { 200: SamplePredictions },
      },
    },
    async ({ params: { run }, body: { checkpoint: choice, samples } }) => {
      const dataset = await readDatasetOf(store, await readRunSpec(store, run));
      const { train, val } = dataset.splits;
      for (const sample of samples)
        if (sample < train.count || sample >= train.count + val.count) throw noSample(dataset.name, sample);
      const opened = await openSamples(shards, dataset, 'val', samples);
      const images = await Promise.all(opened.map(async ({ read }) => ({ square: await read() })));
      const predicted = await predictions.predict({ run, selector: selectorOf(choice), images });
      return {
        checkpoint: predicted.checkpoint,
        predictions: predicted.images.map(({ centre, mean }, at) => ({
          ...{ centre, mean },
          sample: samples[at] ?? 0,
        })),
      };
    },
  );
}

const noSample = (dataset: string, sample: number): AlexnetError =>
  new AlexnetError('OBJECT_NOT_FOUND', {
    expected: `a validation image of ${dataset}`,
    actual: `sample ${sample}`,
    remedy: 'Correct the number.',
  });
