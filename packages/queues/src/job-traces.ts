import { SpanKind, type Telemetry, type Tracer } from 'bullmq';

/** How jobs carry the trace that they belong to. */
export type JobTraces = Telemetry;

/** In place of a span of BullMQ's own upkeep, e.g. of each look for a next job, and of jobs that belong to no trace. */
const UNSEEN: ReturnType<Tracer['startSpan']> = {
  setSpanOnContext: (context: unknown) => context,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};

/** What a job carries of no trace. */
const NO_TRACE = '{}';

/** For a process that has traces: what is sent and handled becomes a part of them. */
export async function openJobTraces(): Promise<JobTraces> {
  const { BullMQOtel } = await import('bullmq-otel');
  const { tracer, contextManager } = new BullMQOtel({ tracerName: 'alexnet-queues' }) as Telemetry;
  const isInTrace = (): boolean => contextManager.getMetadata(contextManager.active()) !== NO_TRACE;
  return {
    contextManager: {
      getMetadata: (context) =>
        context === contextManager.active() ? '' : contextManager.getMetadata(context),
      fromMetadata: (active, metadata) => contextManager.fromMetadata(active, metadata) as unknown,
      active: () => contextManager.active() as unknown,
      // A context that is entered costs every promise of the process, so the one that is active is not entered again.
      with: (context, work) =>
        context === contextManager.active() ? (work() as never) : contextManager.with(context, work),
    },
    tracer: {
      startSpan: (name, options, context) => {
        const isUpkeep = options?.kind === SpanKind.INTERNAL;
        return isUpkeep || (context === undefined && !isInTrace())
          ? UNSEEN
          : tracer.startSpan(name, options, context);
      },
    },
  };
}
