import { expect, it } from 'vitest';
import { createLogger } from '@alexnet/core';
import { inSpan, startSpan, startTrace, traceIds } from './span.ts';
import { BATCH_ATTRIBUTE, isKept, startTraces, TRACES } from './tracing.ts';

const log = createLogger('test', 'silent');

it.each([
  {},
  { OTEL_SERVICE_NAME: 'mine' },
  { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
  { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
])('has no traces where none are asked for: %o', async (environment) => {
  expect(await startTraces('test', log, environment)).toBeUndefined();
});

it('does the work, and passes on what it throws, where there are no traces', async () => {
  expect(await inSpan('work', {}, (span) => Promise.resolve(span.isRecorded))).toBe(false);
  await expect(inSpan('work', {}, () => Promise.reject(new Error('why')))).rejects.toThrow('why');
  const part = startTrace('a', {}).child('b');
  expect([part.isRecorded, part.within(() => 7), startSpan('c').isRecorded]).toEqual([false, 7, false]);
  expect(traceIds()).toEqual({});
});

it('keeps every dataset, every hundredth batch of an epoch, and no job of its own', () => {
  const kept = Array.from({ length: 301 }, (_, batch) => batch).filter((batch) =>
    isKept(TRACES.batch, { [BATCH_ATTRIBUTE]: batch }),
  );
  expect(kept).toEqual([0, 100, 200, 300]);
  expect(isKept(TRACES.datasetAdd, {})).toBe(true);
  expect(['process slices', 'addBulk slices', 'add runs.train'].filter((name) => isKept(name, {}))).toEqual(
    [],
  );
});
