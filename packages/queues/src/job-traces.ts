import { SpanKind, type Telemetry, type Tracer } from 'bullmq';

/** How jobs carry the trace that they belong to. */
export type JobTraces = Telemetry;

/** In place of a span of BullMQ's own upkeep, e.g. of each look for a next job. */
const UNSEEN: ReturnType<Tracer['startSpan']> = {
  setSpanOnContext: (context: unknown) => context,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};

/** For a process that has traces: what is sent and handled becomes a part of them. */
export async function openJobTraces(): Promise<JobTraces> {
  const { BullMQOtel } = await import('bullmq-otel');
  const { tracer, contextManager } = new BullMQOtel({ tracerName: 'alexnet-queues' }) as Telemetry;
  return {
    contextManager,
    tracer: {
      startSpan: (name, options, context) =>
        options?.kind === SpanKind.INTERNAL ? UNSEEN : tracer.startSpan(name, options, context),
    },
  };
}
