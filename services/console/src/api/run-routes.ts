import { encodePng } from '@alexnet/images';
import { CheckpointReader } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import {
  figuresOf,
  readBaseline,
  readLastEvaluations,
  readRunSpec,
  recreateBatch,
  showRun,
  type EvaluationReport,
  type RecreatedBatch,
  type RunEvent,
  type RunSpec,
} from '@alexnet/pipeline';
import { findProfile, profileEntries, profileOf } from '@alexnet/model';
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { asFailure } from '../errors.ts';
import { filtersPicture } from '../runs/filters-picture.ts';
import { isoTime, rowOf } from '../runs/run-row.ts';
import { CheckpointChoice, selectorOf } from './checkpoint-choice.ts';
import type { Parts, Server } from './parts.ts';
import { Batch, Evaluations, History, Name, RunDetails, RunEvents, RunList } from './schemas.ts';

const MOST_ROWS = 1_000;
const MOST_POINTS = 4_000;
const step = z.coerce
  .number()
  .int()
  .nonnegative()
  .max(2 ** 40);
const RunName = z.object({ run: Name });
const StepOfRun = RunName.extend({ step });
/** Batches that are kept: their pictures are asked for one after the other. */
const BATCHES = 2;

/** What can be read of runs. */
export function runRoutes(server: Server, { backend, runs, histories, streams }: Parts): void {
  const { store, shards } = backend;

  server.get(
    '/runs',
    {
      schema: {
        tags: ['runs'],
        summary: 'Every run, by name',
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(MOST_ROWS),
          cursor: z.string().max(63).optional().describe('`next` of the page before'),
        }),
        response: { 200: RunList },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const rows = (await runs.rows()).filter(({ run }) => cursor === undefined || run > cursor);
      const page = rows.slice(0, limit);
      return { runs: page, next: rows.length > limit ? (page.at(-1)?.run ?? null) : null };
    },
  );

  server.get(
    '/runs/:run',
    { schema: { tags: ['runs'], summary: 'A run', params: RunName, response: { 200: RunDetails } } },
    ({ params: { run } }) => readDetails(run),
  );

  server.get(
    '/runs/:run/history',
    {
      schema: {
        tags: ['runs'],
        summary: 'Its steps, a range of them in buckets with minimum, maximum and mean',
        params: RunName,
        querystring: z.object({
          from: step.optional(),
          to: step.optional(),
          points: z.coerce.number().int().min(1).max(MOST_POINTS).default(1_000),
        }),
        response: { 200: History },
      },
    },
    async ({ params: { run }, query: { from, to, points } }) => {
      const history = await histories.of(run);
      const range = { points, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      const { at, ...series } = await history.series(range);
      return {
        recordedFrom: history.fromStep,
        recordedTo: history.toStep,
        batchesPerEpoch: history.batchesPerEpoch,
        ...series,
        at: at.map((milliseconds) => milliseconds / 1000),
      };
    },
  );

  server.get(
    '/runs/:run/events',
    {
      schema: {
        tags: ['runs'],
        summary: 'What happened to it: claims, checkpoints, validations, rates, ends',
        params: RunName,
        response: { 200: RunEvents },
      },
    },
    async ({ params: { run } }) => {
      const { events, damaged } = await histories.of(run);
      return { events: events.map(eventOf), damaged: damaged.map(asFailure) };
    },
  );

  server.get(
    '/runs/:run/stream',
    {
      // Compressed, it would wait for more.
      compress: false,
      schema: {
        tags: ['runs'],
        summary: 'Server-sent events `status`, about twice a second while it runs',
        params: RunName,
        produces: ['text/event-stream'],
      },
    },
    async ({ params: { run } }, reply) => {
      await readRunSpec(store, run);
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      });
      await streams.follow(run, reply.raw).catch(() => reply.raw.end());
    },
  );

  const batches = new LRUCache<string, Promise<RecreatedBatch>>({ max: BATCHES });
  const batchOf = (run: string, at: number): Promise<RecreatedBatch> => {
    const key = `${run} ${at}`;
    const known = batches.get(key);
    if (known !== undefined) return known;
    const made = recreateBatch({ store, shards }, run, at);
    batches.set(key, made);
    made.catch(() => batches.delete(key));
    return made;
  };

  server.get(
    '/runs/:run/batches/:step',
    {
      schema: {
        tags: ['runs'],
        summary: 'The batch of a past step, made again and compared with the ledger',
        params: StepOfRun,
        response: { 200: Batch },
      },
    },
    async ({ params: { run, step: at } }) => {
      const made = await batchOf(run, at);
      const base = `/api/v1/runs/${encodeURIComponent(run)}/batches/${at}/images`;
      return {
        ...made,
        epoch: made.epoch + 1,
        batch: made.batch + 1,
        images: made.images.map(({ stored: _, seen: __, ...facts }, index) => ({
          ...facts,
          stored: `${base}/${index}/stored.png`,
          seen: `${base}/${index}/seen.png`,
        })),
      };
    },
  );

  server.get(
    '/runs/:run/batches/:step/images/:index/:which',
    {
      schema: {
        tags: ['runs'],
        summary: 'An image of a past batch, as a PNG',
        params: StepOfRun.extend({
          index: z.coerce.number().int().nonnegative(),
          which: z.enum(['stored.png', 'seen.png']),
        }),
        produces: ['image/png'],
      },
    },
    async ({ params: { run, step: at, index, which } }, reply) => {
      const { images, storedSide, inputSide } = await batchOf(run, at);
      const image = images[index];
      if (image === undefined) throw noImage(index, images.length);
      const [pixels, side] = which === 'stored.png' ? [image.stored, storedSide] : [image.seen, inputSide];
      const png = await encodePng(pixels, { width: side, height: side, channels: 3 });
      return await reply.type('image/png').send(png);
    },
  );

  server.get(
    '/runs/:run/evaluations',
    {
      schema: {
        tags: ['runs'],
        summary: 'The evaluations of the newest checkpoint that was evaluated',
        params: RunName,
        response: { 200: Evaluations },
      },
    },
    async ({ params: { run } }) => {
      const { dataset } = await readRunSpec(store, run);
      const reports = await readLastEvaluations(store, run);
      return { evaluations: reports.map((report) => evaluationOf(report, dataset)) };
    },
  );

  server.get(
    '/runs/:run/filters.png',
    {
      schema: {
        tags: ['runs'],
        summary: 'The filters of conv1, as a PNG',
        params: RunName,
        querystring: z.object({ checkpoint: CheckpointChoice.default('latest') }),
        produces: ['image/png'],
      },
    },
    async ({ params: { run }, query: { checkpoint } }, reply) => {
      const { weights } = await new CheckpointReader(store, run).trained(selectorOf(checkpoint));
      return await reply.type('image/png').send(await filtersPicture(weights));
    },
  );

  async function readDetails(run: string): Promise<RunDetails> {
    const spec = await readRunSpec(store, run);
    const status = await backend.read((reading) => showRun(reading, run));
    const [history, baseline] = await Promise.all([histories.of(run), readBaseline(store, spec)]);
    const { progress } = status;
    const definition = findProfile(spec.profile.name);
    return {
      ...(await rowOf(status, history)),
      checkpoint: progress?.checkpoint ?? null,
      digest: progress?.digest ?? null,
      device: progress?.device ?? null,
      parameters: progress?.parameters ?? null,
      workers: progress?.workers ?? null,
      workersWanted: progress?.workersWanted ?? null,
      phase: status.status === 'running' ? (progress?.phase ?? null) : null,
      batchesPerEpoch: history.batchesPerEpoch,
      classes: spec.dataset.classes,
      images: { train: spec.dataset.train, val: spec.dataset.val },
      seed: spec.seed,
      earlyEnd: status.earlyEnd?.reason ?? null,
      baseline: baseline ?? null,
      epochTable: status.history.map((record) => ({ ...record, epoch: record.epoch + 1 })),
      checkpoints: await readCheckpoints(run, progress?.checkpoint ?? null),
      profileEntries: profileEntries(spec.profile, definition, profileOf(definition)),
    };
  }

  async function readCheckpoints(run: string, latest: string | null): Promise<RunDetails['checkpoints']> {
    const reader = new CheckpointReader(store, run);
    const [whole, best] = await Promise.all([reader.list(), reader.best()]);
    const sizes = new Map<string, { bytes: number; writtenAt: Date | null }>();
    const prefix = `runs/${run}/checkpoints/`;
    for await (const { key, size, modified } of store.list(prefix)) {
      const name = key.slice(prefix.length).split('/')[0] ?? '';
      const before = sizes.get(name);
      sizes.set(name, { bytes: (before?.bytes ?? 0) + size, writtenAt: modified });
    }
    return whole.map(({ name, step: at }) => ({
      name,
      step: at,
      bytes: sizes.get(name)?.bytes ?? 0,
      writtenAt: sizes.get(name)?.writtenAt?.toISOString() ?? null,
      validationError: best?.checkpoint === name ? best.validationError : null,
      isBest: best?.checkpoint === name,
      isLatest: name === latest,
    }));
  }
}

function evaluationOf(
  report: EvaluationReport,
  { name, classes }: RunSpec['dataset'],
): Evaluations['evaluations'][number] {
  const { checkpoint, step: at, views, count, loss, top1Error, top5Error } = report;
  const { confusionMatrix, mistakes, ...figures } = figuresOf(report, classes);
  const base = `/api/v1/datasets/${encodeURIComponent(name)}/samples/val`;
  return {
    ...{ checkpoint, step: at, views, images: count, loss, top1Error, top5Error },
    classes: figures.classes,
    confusionMatrix: confusionMatrix && { ...confusionMatrix, classes: [...confusionMatrix.classes] },
    confusions: figures.confusions,
    mistakes: mistakes.map(({ id, ...mistake }) => ({ ...mistake, sample: id, url: `${base}/${id}.png` })),
  };
}

function eventOf(event: RunEvent): RunEvents['events'][number] {
  const { at, ...rest } = event;
  const epoch = 'epoch' in rest ? { epoch: rest.epoch + 1 } : {};
  return { ...rest, ...epoch, at: isoTime(at) };
}

const noImage = (index: number, images: number): AlexnetError =>
  new AlexnetError('OBJECT_NOT_FOUND', {
    expected: `an image from 0 to ${images - 1}`,
    actual: String(index),
    remedy: 'Correct the number.',
  });
