import { randomUUID } from 'node:crypto';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { createLogger } from '@alexnet/core';
import { auditRun, keepEvaluation, readRunSpec } from '@alexnet/pipeline';
import { consume, runJobId } from '@alexnet/queues';
import {
  CONSOLE_METRICS,
  DatasetDetails,
  DatasetDuplicates,
  DatasetList,
  Evaluations,
  History,
  Quarantine,
  RunAudit,
  RunDetails,
  RunEvents,
  RunList,
  SystemStatus,
} from '@alexnet/console/testing';
import { startConsole, withToken, type ConsoleServer } from '../support/console-server.ts';
import { addRun, openPlace, progressAt, saveCheckpoints, type Place } from '../support/saved-run.ts';

const RUN = 'r';

let place: Place;
let server: ConsoleServer | undefined;

beforeAll(async () => {
  place = await openPlace();
  for (const run of [RUN, 'other']) {
    await addRun(place.pipeline, run);
    await saveCheckpoints(place.pipeline, run);
  }
});
beforeEach(async () => {
  await place.reset();
  await server?.close();
  server = await startConsole(place.environment);
});
afterAll(async () => {
  await server?.close();
  await place.close();
});

const addressOf = (): string => server?.address ?? '';
const get = (path: string): Promise<Response> => fetch(addressOf() + path);
const json = async (path: string): Promise<unknown> => (await get(path)).json();

describe('the API', () => {
  it('lists runs a page at a time', async () => {
    const first = RunList.parse(await json('/api/v1/runs?limit=1'));
    expect(first.runs.map(({ run }) => run)).toEqual(['other']);
    const second = RunList.parse(await json(`/api/v1/runs?limit=1&cursor=${first.next}`));
    expect([second.runs.map(({ run }) => run), second.next]).toEqual([['r'], null]);
  });

  it('says of a run what its checkpoints say', async () => {
    const run = RunDetails.parse(await json(`/api/v1/runs/${RUN}`));
    expect(run).toMatchObject({ status: 'stopped', step: 6, batchesPerEpoch: 3, dataset: 'd' });
    expect(run.checkpoints.map(({ step, isBest, isLatest }) => [step, isBest, isLatest])).toEqual([
      [2, false, false],
      [4, true, false],
      [6, false, true],
    ]);
    expect(run.profileEntries.find(({ key }) => key === 'batchSize')).toMatchObject({ value: 4 });
  });

  it('gives any range of the history in buckets', async () => {
    const whole = History.parse(await json(`/api/v1/runs/${RUN}/history`));
    expect(whole).toMatchObject({ recordedFrom: 0, recordedTo: 6, fromStep: [0, 1, 2, 3, 4, 5] });
    const part = History.parse(await json(`/api/v1/runs/${RUN}/history?from=2&to=6&points=2`));
    expect(part).toMatchObject({ fromStep: [2, 4], steps: [2, 2] });
    expect(part.metrics.loss.max[0]).toBeCloseTo(1 / 3, 6);
    expect(part.metrics.loss.mean[0]).toBeCloseTo((1 / 3 + 1 / 4) / 2, 6);
  });

  it('gives the events of a run by time, epochs from 1', async () => {
    const { events } = RunEvents.parse(await json(`/api/v1/runs/${RUN}/events`));
    expect(events.map(({ kind, step, epoch }) => [kind, step, epoch])).toEqual([
      ['validation', 2, 1],
      ['validation', 4, 2],
      ['validation', 6, 3],
    ]);
  });

  it('gives the evaluations that are kept, with the pictures of the mistakes', async () => {
    expect(Evaluations.parse(await json(`/api/v1/runs/${RUN}/evaluations`))).toEqual({ evaluations: [] });
    const { store } = place.pipeline;
    await keepEvaluation(store, await readRunSpec(store, RUN), {
      ...{ version: 1, run: RUN, checkpoint: 'step-00000004-1', step: 4, views: 1, count: 3 },
      ...{ loss: 1, top1Error: 1 / 3, top5Error: 0 },
      perClass: { images: [1, 1, 1], top1: [1, 0, 1], top5: [1, 1, 1], predicted: [2, 0, 1] },
      ...{ confusions: [{ label: 1, predicted: 0, images: 1 }], confusionsLeftOut: 0 },
      mistakes: [{ id: 9, name: 'val/x.png', label: 1, predicted: 0, probability: 0.9 }],
    });
    const { evaluations } = Evaluations.parse(await json(`/api/v1/runs/${RUN}/evaluations`));
    const [worst] = evaluations[0]?.classes ?? [];
    expect(worst).toMatchObject({ recall: 0, images: 1 });
    expect(evaluations[0]?.confusionMatrix?.images).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
    expect(evaluations[0]?.mistakes[0]).toMatchObject({ url: '/api/v1/datasets/d/samples/val/9.png' });
  });

  it('shows datasets with their classes, samples and mean image', async () => {
    const { datasets } = DatasetList.parse(await json('/api/v1/datasets'));
    expect(datasets.map(({ name, status }) => [name, status])).toEqual([
      ['d', 'ready'],
      ['e', 'ready'],
    ]);
    const { classCounts } = DatasetDetails.parse(await json('/api/v1/datasets/d'));
    const [first] = classCounts;
    const { samples } = (await json(
      `/api/v1/datasets/d/samples?class=${encodeURIComponent(first?.class ?? '')}`,
    )) as { samples: { class: string; url: string }[] };
    expect(samples).toHaveLength(first?.train ?? 0);
    expect(samples.every((sample) => sample.class === first?.class)).toBe(true);
    for (const picture of [samples[0]?.url ?? '', '/api/v1/datasets/d/mean.png']) {
      const response = await get(picture);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png']);
    }
  });

  it('lists duplicates a page at a time, with their pictures', async () => {
    const first = DatasetDuplicates.parse(await json('/api/v1/datasets/d/duplicates?limit=1'));
    expect(first.items).toMatchObject([{ kind: 'bytes', leak: true, conflict: false, imagesInAll: 2 }]);
    const [group] = first.items;
    for (const { url } of group?.images ?? []) {
      const response = await get(url ?? '');
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png']);
    }
    // Equal files have equal pixels.
    const [one, other] = await Promise.all(
      (group?.images ?? []).map(async ({ url }) => Buffer.from(await (await get(url ?? '')).arrayBuffer())),
    );
    expect(one).toEqual(other);
    const rest = DatasetDuplicates.parse(await json(`/api/v1/datasets/d/duplicates?cursor=${first.next}`));
    expect([rest.items.length, rest.next]).toEqual([2, null]);
    const nowhere = await get('/api/v1/datasets/d/duplicates?cursor=3');
    expect([nowhere.status, await nowhere.json()]).toMatchObject([
      400,
      { error: { code: 'REQUEST_INVALID' } },
    ]);
  });

  it('lists what is quarantined a page at a time', async () => {
    const { store } = place.pipeline;
    const lines = ['a', 'b', 'c'].map((name) => ({
      split: 'train',
      name,
      reason: 'truncated',
      detail: '',
      bytes: 1,
    }));
    await store.put(
      'datasets/d/quarantine.jsonl',
      Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    );
    const first = Quarantine.parse(await json('/api/v1/datasets/d/quarantine?limit=2'));
    expect(first.items.map(({ name }) => name)).toEqual(['a', 'b']);
    const second = Quarantine.parse(await json(`/api/v1/datasets/d/quarantine?limit=2&cursor=${first.next}`));
    expect([second.items.map(({ name }) => name), second.next]).toEqual([['c'], null]);
  });

  it('says how much memory a worker has, and how its event loop does, where the worker says it', async () => {
    const worker = { host: 'h', concurrency: 1, imagesPerSecond: 12, busyFraction: 0.5 };
    const { workers } = place.pipeline;
    await workers.write({ ...worker, id: randomUUID(), pid: 1, memoryBytes: 5, eventLoopDelaySeconds: 0.01 });
    // As an earlier version does.
    await workers.write({ ...worker, id: randomUUID(), pid: 2 });
    const status = SystemStatus.parse(await json('/api/v1/status'));
    const shown = status.workers.sort((a, b) => a.pid - b.pid);
    expect(shown.map(({ memoryBytes, eventLoopDelay }) => [memoryBytes, eventLoopDelay])).toEqual([
      [5, 0.01],
      [null, null],
    ]);
  });

  it('says what runs and waits', async () => {
    await place.pipeline.queues.train(RUN);
    const status = SystemStatus.parse(await json('/api/v1/status'));
    expect(status.redisError).toBeNull();
    expect(status.trainerJobs).toEqual([{ run: RUN, job: 'train', state: 'waiting' }]);
    expect(status.queues.find(({ name }) => name === 'runs')).toMatchObject({ waiting: 1, failed: 0 });
    const { runs } = RunList.parse(await json('/api/v1/runs'));
    expect(runs.map(({ run, status: state }) => [run, state])).toEqual([
      ['other', 'stopped'],
      [RUN, 'queued'],
    ]);
  });

  it('follows a run with server-sent events', async () => {
    const response = await get(`/api/v1/runs/${RUN}/stream`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body?.getReader();
    let text = '';
    const until = async (part: string): Promise<void> => {
      while (!text.includes(part)) text += Buffer.from((await reader?.read())?.value ?? []).toString();
    };
    await until('"status":"stopped"');
    expect(text).toMatch(/id: 6\nevent: status\ndata: \{/);
    await place.pipeline.queues.train(RUN);
    await until('"status":"queued"');
    await reader?.cancel();
  });

  it('audits the ledger of a run, and shows what is wrong with it', async () => {
    const audit = RunAudit.parse(await json(`/api/v1/runs/${RUN}/audit`));
    expect(audit).toMatchObject({ run: RUN, step: 6, digest: audit.recordedDigest });
    // The steps of this run have one sample each, which no epoch consists of.
    expect(audit.ok).toBe(false);
    expect(
      audit.epochs.map(({ epoch, expected, seen, missing }) => [epoch, expected, seen + missing]),
    ).toEqual([
      [1, 9, 9],
      [2, 9, 9],
      [3, 9, 9],
    ]);
    const same = await auditRun(place.pipeline.store, RUN);
    expect(audit.epochs).toEqual(same.epochs.map((each) => ({ ...each, epoch: each.epoch + 1 })));
  });

  it('gives the weights of a checkpoint as a file', async () => {
    for (const [checkpoint, step] of [
      ['best', 4],
      ['step-00000002-1', 2],
    ] as const) {
      const response = await get(`/api/v1/runs/${RUN}/checkpoints/${checkpoint}/model.safetensors`);
      const body = Buffer.from(await response.arrayBuffer());
      const { model } = await new CheckpointReader(place.pipeline.store, RUN).manifest(step);
      expect(body).toEqual(await place.pipeline.store.get(model.key));
      expect(response.headers.get('content-length')).toBe(String(model.size));
      expect(response.headers.get('content-disposition')).toBe(
        `attachment; filename="${RUN}-step-0000000${step}-1.safetensors"`,
      );
    }
  });

  it('gives the history as CSV, a line for each step', async () => {
    const response = await get(`/api/v1/runs/${RUN}/history.csv`);
    expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
    const [head, ...lines] = (await response.text()).trimEnd().split('\n');
    expect(head).toBe('step,epoch,time,loss,top1_error,top5_error,learning_rate,images_per_second,data_wait');
    expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual(
      [0, 1, 2, 3, 4, 5].map((step) => [String(step), String(Math.floor(step / 3) + 1)]),
    );
    expect(Number(lines[2]?.split(',')[3])).toBeCloseTo(1 / 3, 6);
  });

  it('describes itself as OpenAPI 3.1, every path with a summary', async () => {
    const { openapi, paths, ...rest } = (await json('/api/openapi.json')) as {
      openapi: string;
      paths: Record<string, Record<string, { summary?: string; responses: Record<string, unknown> }>>;
    };
    expect(openapi).toBe('3.1.0');
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    expect(operations.length).toBeGreaterThan(20);
    expect(operations.filter(({ summary }) => summary === undefined)).toEqual([]);
    const withErrors = operations.filter(({ responses }) =>
      ['4XX', '5XX'].every((code) => code in responses),
    );
    expect(withErrors.length).toBe(operations.length);
    const validator = new Validator();
    expect(await validator.validate({ openapi, paths, ...rest })).toEqual({ valid: true });
    expect(() => validator.resolveRefs()).not.toThrow();
  });

  it.each([
    ['/api/v1/runs/nope', 404, 'RUN_NOT_FOUND'],
    ['/api/v1/datasets/nope', 404, 'DATASET_NOT_FOUND'],
    [`/api/v1/runs/${RUN}/batches/99`, 404, 'STEP_NOT_RECORDED'],
    ['/api/v1/runs/nope/audit', 404, 'RUN_NOT_FOUND'],
    ['/api/v1/runs/nope/history.csv', 404, 'RUN_NOT_FOUND'],
    ['/api/v1/runs/nope/checkpoints/best/model.safetensors', 404, 'RUN_NOT_FOUND'],
    [`/api/v1/runs/${RUN}/checkpoints/5/model.safetensors`, 404, 'CHECKPOINT_NOT_FOUND'],
    [`/api/v1/runs/${RUN}/history?points=0`, 400, 'REQUEST_INVALID'],
    [`/api/v1/runs/${RUN}/history?from=-1`, 400, 'REQUEST_INVALID'],
    ['/api/v1/nothing', 404, 'REQUEST_INVALID'],
    ['/api/v1/profiles/nope', 400, 'CONFIG_INVALID'],
    ['/api/v1/datasets/d/samples/val/0.png', 404, 'OBJECT_NOT_FOUND'],
  ])('answers %s with %i and %s', async (path, status, code) => {
    const response = await get(path);
    expect(await response.json()).toMatchObject({ error: { code, remedy: expect.any(String) as string } });
    expect(response.status).toBe(status);
  });
});

describe('metrics', () => {
  const samplesOf = (text: string): Map<string, number> =>
    new Map(
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );

  it('are those of its table, with their meanings', async () => {
    const text = await (await get('/metrics')).text();
    const told = [...text.matchAll(/^# HELP (alexnet_\w+) (.*)$/gm)].map(([, name, help]) => [name, help]);
    expect(told).toEqual(Object.entries(CONSOLE_METRICS).map(([name, { help }]) => [name, help]));
  });

  it('count jobs and workers, and follow the run that a trainer has in hand', async () => {
    await place.pipeline.queues.train(RUN);
    await place.pipeline.workers.write({
      ...{ id: randomUUID(), host: 'h', pid: 7, concurrency: 1, imagesPerSecond: 12, busyFraction: 0.5 },
    });
    const waiting = samplesOf(await (await get('/metrics')).text());
    expect(waiting.get('alexnet_jobs{queue="runs",state="waiting"}')).toBe(1);
    expect(waiting.get('alexnet_workers')).toBe(1);
    const wanted = ['runs', 'datasets'].map((work) => waiting.get(`alexnet_workers_wanted{work="${work}"}`));
    expect(wanted).toEqual([0, 0]);
    expect(waiting.get('alexnet_worker_images_per_second{host="h",pid="7"}')).toBe(12);
    expect([waiting.get('alexnet_redis_up'), waiting.get('alexnet_store_up')]).toEqual([1, 1]);

    let end: (() => void) | undefined;
    const consumer = consume(
      'runs',
      {
        train: async (_, job) => {
          await job.progress(progressAt(4));
          await new Promise<void>((resolve) => (end = resolve));
          return undefined;
        },
        evaluate: () => Promise.resolve(undefined),
      },
      { redis: place.pipeline.redis, concurrency: 1, log: createLogger('test', 'silent') },
    );
    await expect
      .poll(async () => samplesOf(await (await get('/metrics')).text()).get(`alexnet_run_step{run="${RUN}"}`))
      .toBe(4);
    // It has not said yet how many.
    const begun = samplesOf(await (await get('/metrics')).text());
    expect(begun.get('alexnet_workers_wanted{work="runs"}')).toBe(1);
    end?.();
    await consumer.close();
    expect(samplesOf(await (await get('/metrics')).text()).has(`alexnet_run_step{run="${RUN}"}`)).toBe(false);
  });
});

describe('the page of the queues', () => {
  it('has its files from here, and allows nothing inline', async () => {
    const page = await get('/queues');
    const html = await page.text();
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(html).not.toMatch(/https:|<style|style="/);
    const files = [...html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect([file, (await get(`/queues/${file}`)).status]).toEqual([file, 200]);
  });

  it('shows no secret of the address of notifications', async () => {
    const address = 'https://user:pass@hooks.example:8443/T0/secret?key=secret';
    await place.pipeline.queues.train(RUN, address);
    await place.pipeline.queues.notify({ url: address, id: `msg_${'0'.repeat(32)}`, body: '{}' });
    for (const [queue, origin] of [
      ['runs', 'https://hooks.example:8443'],
      ['notifications', 'https://hooks.example:8443'],
    ] as const) {
      const text = await (await get(`/queues/api/queues?activeQueue=${queue}&status=latest`)).text();
      expect(text).toContain(origin);
      expect(text).not.toMatch(/secret|pass@/);
    }
  });

  it('shows jobs, and changes none, with the token or without', async () => {
    const { queues } = place.pipeline;
    await queues.train(RUN);
    const answer = (await json('/queues/api/queues?activeQueue=runs&status=waiting')) as {
      queues: { name: string; readOnlyMode: boolean; counts: { waiting: number } }[];
    };
    expect(answer.queues.map(({ name, readOnlyMode }) => [name, readOnlyMode])).toEqual([
      ['datasets', true],
      ['slices', true],
      ['runs', true],
      ['notifications', true],
    ]);
    expect(answer.queues.find(({ name }) => name === 'runs')?.counts.waiting).toBe(1);
    for (const headers of [{}, withToken]) {
      const change = await fetch(
        `${addressOf()}/queues/api/queues/runs/${encodeURIComponent(runJobId(RUN))}/clean`,
        {
          method: 'PUT',
          headers,
        },
      );
      expect(change.status).toBeGreaterThanOrEqual(400);
    }
    expect((await queues.report('runs', runJobId(RUN))).state).toBe('waiting');
  });
});

describe('without Redis', () => {
  it('says what the store says, and why', async () => {
    const alone = await startConsole({ ...place.environment, REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      const { runs } = RunList.parse(await (await fetch(`${alone.address}/api/v1/runs`)).json());
      expect(runs.map(({ status }) => status)).toEqual(['stopped', 'stopped']);
      const status = SystemStatus.parse(await (await fetch(`${alone.address}/api/v1/status`)).json());
      expect(status.redisError).toMatchObject({ code: 'REDIS_UNREACHABLE' });
      const metrics = await (await fetch(`${alone.address}/metrics`)).text();
      expect(metrics).toContain('alexnet_redis_up 0');
      // An autoscaler would take 0 for an order to end all workers.
      expect(metrics).not.toContain('alexnet_workers_wanted{');
      expect((await fetch(`${alone.address}/readyz`)).status).toBe(503);
      expect((await fetch(`${alone.address}/queues`)).status).toBe(503);
      expect((await fetch(`${alone.address}/healthz`)).status).toBe(200);
    } finally {
      await alone.close();
    }
  });
});

describe('changes', () => {
  const post = (path: string, body?: object, headers = {}): Promise<Response> =>
    fetch(addressOf() + path, {
      method: 'POST',
      headers: {
        ...withToken,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('start, resume and remove a run as the commands do', async () => {
    const started = await post('/api/v1/runs', { dataset: 'd', profile: 'demo', set: ['epochs=3'] });
    expect([started.status, await started.json()]).toEqual([202, { name: 'd-demo-1' }]);
    const { queues } = place.pipeline;
    expect((await queues.report('runs', runJobId('d-demo-1'))).state).toBe('waiting');
    const resumed = await post(`/api/v1/runs/${RUN}/resume`, {});
    expect(resumed.status).toBe(202);
    expect((await queues.report('runs', runJobId(RUN))).state).toBe('waiting');
    const active = await fetch(`${addressOf()}/api/v1/runs/${RUN}`, {
      method: 'DELETE',
      headers: { ...withToken, 'content-type': 'application/json' },
      body: JSON.stringify({ confirm: RUN }),
    });
    expect([active.status, await active.json()]).toEqual([
      409,
      { error: expect.objectContaining({ code: 'RUN_ACTIVE' }) as object },
    ]);
    for (const [confirm, status] of [
      ['another', 400],
      ['other', 200],
    ] as const) {
      const removed = await fetch(`${addressOf()}/api/v1/runs/other`, {
        method: 'DELETE',
        headers: { ...withToken, 'content-type': 'application/json' },
        body: JSON.stringify({ confirm }),
      });
      expect(removed.status).toBe(status);
    }
    expect((await get('/api/v1/runs/other')).status).toBe(404);
  });

  it('refuse a wrong profile key with the one that was meant', async () => {
    const response = await post('/api/v1/runs', { dataset: 'd', set: ['lr=1'] });
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        error: expect.objectContaining({
          remedy: expect.stringContaining('optimizer.learningRate') as string,
        }) as object,
      },
    ]);
  });
});
