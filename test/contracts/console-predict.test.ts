import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointWriter, EMPTY_CHAIN } from '@alexnet/checkpoints';
import { createLogger, loadConfig } from '@alexnet/core';
import { readManifest } from '@alexnet/datasets';
import { decodeSquare } from '@alexnet/images';
import { alexnet, initialise, resolveProfile, startOptimizer } from '@alexnet/model';
import { Predictor, readTrainedNet, startRun } from '@alexnet/pipeline';
import { Prediction, Predictions, SamplePredictions } from '@alexnet/console/testing';
import { startConsole, withToken, type ConsoleServer } from '../support/console-server.ts';
import { drawShapes } from '../support/pictures.ts';
import { openPlace, progressAt, type Place } from '../support/saved-run.ts';

const RUN = 'untrained';
const log = createLogger('test', 'silent');

let place: Place;
let address: string;
let console: ConsoleServer;
let picture: Buffer;

beforeAll(async () => {
  place = await openPlace();
  const { store } = place.pipeline;
  const profile = resolveProfile('demo', ['net.width=0.1', 'batchSize=4', 'sliceSize=4']);
  await startRun(place.pipeline, { dataset: 'd', run: RUN, profile, seed: 1, keep: 5 });
  const { classes } = await readManifest(store, 'd');
  const net = alexnet({ ...profile.net, classes: classes.length });
  const writer = await CheckpointWriter.claim(store, RUN, 5);
  for (const step of [1, 2]) {
    await writer.save({
      ...{ step, cursor: { epoch: 0, batch: step }, digest: EMPTY_CHAIN, finished: false },
      validationError: step / 10,
      training: { history: [], progress: { ...progressAt(step) } },
      model: initialise(net, profile, step),
      optimizer: startOptimizer(net, profile.optimizer),
      ledger: [],
      history: { steps: [], events: [] },
    });
  }
  const pictures = await drawShapes(
    path.join(new URL(store.url).pathname, '..', 'more'),
    { val: 1, train: 0 },
    300,
  );
  picture = await readFile(path.join(pictures, 'val/circle/0.png'));
  console = await startConsole(place.environment);
  address = `${console.address}/api/v1`;
});
afterAll(async () => {
  await console.close();
  await place.close();
});

const send = (body: Uint8Array, { query = '', run = RUN, headers = withToken } = {}) =>
  fetch(`${address}/runs/${run}/predict${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body: new Uint8Array(body),
  });
const sendSamples = (body: object, headers: object = withToken) =>
  fetch(`${address}/runs/${RUN}/predict/samples`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

describe('predictions', () => {
  it('are those of the net, from the centre and over ten views, with the square that it saw', async () => {
    const answer = await send(picture);
    const prediction = Prediction.parse(await answer.json());
    const trained = await readTrainedNet(place.pipeline.store, RUN, 'best');
    const predictor = await Predictor.open(trained);
    const square = await decodeSquare(picture, predictor.side);
    const { centre, mean } = predictor.predictTenViews(square);
    expect(prediction).toMatchObject({
      run: RUN,
      step: 1,
      storedSide: 256,
      inputSide: trained.profile.net.input,
    });
    expect([prediction.centre, prediction.mean]).toEqual([centre, mean]);
    expect(mean).not.toEqual(centre);
    expect(prediction.centre[0]?.probability).toBeCloseTo(
      predictor.predict([square])[0]?.[0]?.probability ?? 0,
      5,
    );
    expect(prediction.views.map(({ mirrored }) => mirrored).filter(Boolean)).toHaveLength(5);
    expect(new Set(prediction.views.map((view) => JSON.stringify(view))).size).toBe(10);
    const png = Buffer.from(prediction.stored.replace('data:image/png;base64,', ''), 'base64');
    expect(await decodeSquare(png, 256)).toEqual(square);
  });

  it('are of the checkpoint that is asked for', async () => {
    const steps = [];
    for (const checkpoint of ['best', 'latest', '2', '1', 'step-00000002-1']) {
      const answer = await send(picture, { query: `?checkpoint=${checkpoint}` });
      steps.push(Prediction.parse(await answer.json()).step);
    }
    expect(steps).toEqual([1, 2, 2, 1, 2]);
  });

  it('are made of validation images by their ids', async () => {
    const { splits } = await readManifest(place.pipeline.store, 'd');
    const samples = [splits.train.count + 1, splits.train.count];
    const { predictions, checkpoint } = SamplePredictions.parse(
      await (await sendSamples({ samples })).json(),
    );
    expect(checkpoint).toBe('step-00000001-1');
    expect(predictions.map(({ sample }) => sample)).toEqual(samples);
    expect(predictions.every(({ centre }) => centre.length === 3)).toBe(true);
    const wrong = await sendSamples({ samples: [0] });
    expect([wrong.status, await wrong.json()]).toMatchObject([404, { error: { code: 'OBJECT_NOT_FOUND' } }]);
    expect((await sendSamples({ samples: [] })).status).toBe(400);
  });

  it('go on after an image that cannot be read', async () => {
    for (const body of [Buffer.from('no image at all'), picture.subarray(0, picture.length - 60)]) {
      const answer = await send(body);
      expect([answer.status, await answer.json()]).toMatchObject([
        422,
        { error: { code: 'IMAGE_UNREADABLE', remedy: expect.any(String) as string } },
      ]);
    }
    expect((await send(picture)).status).toBe(200);
  });

  it.each([
    ['an unknown run', { run: 'nope' }, 404, 'RUN_NOT_FOUND'],
    ['an unknown step', { query: '?checkpoint=77' }, 404, 'CHECKPOINT_NOT_FOUND'],
    ['a checkpoint that is none', { query: '?checkpoint=..%2f..' }, 400, 'REQUEST_INVALID'],
    ['a name that leaves the store', { run: '..%2f..%2fetc' }, 400, 'REQUEST_INVALID'],
    ['no token', { headers: {} }, 401, 'UNAUTHENTICATED'],
    ['a wrong token', { headers: { authorization: 'Bearer wrong' } }, 401, 'UNAUTHENTICATED'],
    ['another site', { headers: { ...withToken, origin: 'http://evil.example' } }, 403, 'ACCESS_DENIED'],
    ['another type', { headers: { ...withToken, 'content-type': 'text/plain' } }, 400, 'REQUEST_INVALID'],
  ])('are refused for %s', async (_, options, status, code) => {
    const answer = await send(picture, options);
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }]);
  });

  it('of samples need the token too', async () => {
    expect((await sendSamples({ samples: [9] }, {})).status).toBe(401);
  });

  it('end the thread that holds TensorFlow when nobody asks for more', async () => {
    const predictions = new Predictions(loadConfig(place.environment), log, { idleMs: 200 });
    expect(predictions.isLoaded).toBe(false);
    const request = { run: RUN, selector: 'best', images: [{ file: picture }] } as const;
    const first = await predictions.predict(request);
    expect(predictions.isLoaded).toBe(true);
    await expect.poll(() => predictions.isLoaded).toBe(false);
    expect(await predictions.predict(request)).toEqual(first);
    await predictions.close();
  });

  it('are refused for a file of more than 20 MiB', async () => {
    const answer = await send(Buffer.alloc(20 * 1024 ** 2 + 1)).catch((error: unknown) => error);
    // The connection may be closed before the whole body is sent.
    if (answer instanceof Response) expect(answer.status).toBe(400);
    else expect(answer).toBeInstanceOf(TypeError);
  });
});
