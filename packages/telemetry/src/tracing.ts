import type { Attributes } from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace';
import { settlesWithin, type Logger } from '@alexnet/core';
import { useTracer } from './span.ts';

export interface Traces {
  /** Sends what was not sent yet, for at most two seconds. */
  close(): Promise<void>;
}

/** For spans that a collector takes no more. */
const FLUSH_MS = 2_000;

/** Of the batches of an epoch every hundredth is traced, its first among them. */
const BATCHES_PER_TRACE = 100;

/** Names of the spans that traces begin with. */
export const TRACES = { batch: 'batch', datasetAdd: 'dataset add' } as const;

/** The number of a batch in its epoch. */
export const BATCH_ATTRIBUTE = 'alexnet.batch';

/**
 * Starts traces where the standard variables of OpenTelemetry ask for them (OTEL_EXPORTER_OTLP_ENDPOINT,
 * OTEL_TRACES_EXPORTER, and so on); nothing is loaded otherwise. Once for each process.
 * @param service of the traces, where OTEL_SERVICE_NAME names none
 * @returns undefined where no traces are asked for
 */
export async function startTraces(
  service: string,
  log: Logger,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Traces | undefined> {
  if (!areAskedFor(environment)) return undefined;
  const [api, { startNodeSdk }, { SamplingDecision }, { ScopedContext }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/sdk-trace'),
    import('./scoped-context.ts'),
  ]);
  /** Keeps the parts of the traces that are kept. */
  const defaultSampler: Sampler = {
    shouldSample(context, _traceId, name, _kind, attributes) {
      const parent = api.trace.getSpanContext(context);
      const keep =
        parent === undefined ? isKept(name, attributes) : (parent.traceFlags & api.TraceFlags.SAMPLED) !== 0;
      return { decision: keep ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
    },
    toString: () => 'alexnet',
  };
  const isNamed =
    environment['OTEL_SERVICE_NAME'] !== undefined ||
    (environment['OTEL_RESOURCE_ATTRIBUTES'] ?? '').includes('service.name=');
  const sdk = startNodeSdk({
    ...(environment['OTEL_TRACES_SAMPLER'] ? {} : { sampler: defaultSampler }),
    ...(isNamed ? {} : { resourceAttributes: { 'service.name': `alexnet-${service}` } }),
    // What else there is to tell, Prometheus and the log tell.
    metricReaders: [],
    logRecordProcessors: [],
  });
  // In place of the one that the SDK has set: only the first that is set counts.
  api.context.disable();
  api.context.setGlobalContextManager(new ScopedContext());
  const told =
    (level: 'warn' | 'debug') =>
    (message: string): void =>
      log[level]({ opentelemetry: message }, 'traces');
  api.diag.setLogger(
    {
      error: told('warn'),
      warn: told('warn'),
      info: told('debug'),
      debug: told('debug'),
      verbose: told('debug'),
    },
    { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  useTracer({ api, tracer: api.trace.getTracer('alexnet') });
  return {
    async close() {
      useTracer(undefined);
      await settlesWithin(sdk.shutdown(), FLUSH_MS).catch(() => undefined);
    },
  };
}

function areAskedFor(environment: NodeJS.ProcessEnv): boolean {
  if (environment['OTEL_SDK_DISABLED'] === 'true' || environment['OTEL_TRACES_EXPORTER'] === 'none')
    return false;
  return [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    'OTEL_TRACES_EXPORTER',
    'OTEL_CONFIG_FILE',
  ].some((name) => (environment[name] ?? '') !== '');
}

/** Whether a trace that begins with this span is kept. Jobs that belong to no trace begin none. */
export function isKept(name: string, attributes: Attributes): boolean {
  if (name === TRACES.datasetAdd) return true;
  return name === TRACES.batch && Number(attributes[BATCH_ATTRIBUTE]) % BATCHES_PER_TRACE === 0;
}
