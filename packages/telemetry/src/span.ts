import type * as OpenTelemetry from '@opentelemetry/api';
import type { Attributes, Context, Span as ApiSpan, Tracer } from '@opentelemetry/api';
import { messageOf } from '@alexnet/core';

/** The part of OpenTelemetry's API that spans need. It is loaded only where traces are asked for. */
type TraceApi = Pick<typeof OpenTelemetry, 'context' | 'trace' | 'SpanStatusCode' | 'ROOT_CONTEXT'>;

/** A part of a trace: work with a beginning, an end, and parts of its own. */
export interface Span {
  /** Whether anyone will see it. */
  readonly isRecorded: boolean;
  /** Begins a part of this one. `startTime` is in milliseconds since 1970, now unless given. */
  child(name: string, attributes?: Attributes, startTime?: number): Span;
  /** What is begun in `work`, also by jobs that it sends, is a part of this one; what it logs carries its ids. */
  within<T>(work: () => T): T;
  set(attributes: Attributes): void;
  /** Once. @param thrown what it failed with; `endTime` is in milliseconds since 1970, now unless given */
  end(thrown?: unknown, endTime?: number): void;
}

const NOTHING: Span = {
  isRecorded: false,
  child: () => NOTHING,
  within: (work) => work(),
  set: () => undefined,
  end: () => undefined,
};

interface Tracing {
  api: TraceApi;
  tracer: Tracer;
}

/** OpenTelemetry keeps its state for the whole process too. */
let tracing: Tracing | undefined;

/** From now on spans are what a tracer makes of them; without one they are nothing. */
export function useTracer(chosen: Tracing | undefined): void {
  tracing = chosen;
}

/** Begins a trace of its own. */
export function startTrace(name: string, attributes: Attributes): Span {
  return tracing === undefined ? NOTHING : begin(tracing, tracing.api.ROOT_CONTEXT, { name, attributes });
}

/** Begins a part of the work in hand, e.g. of the job that a handler was called for; nothing where that is in no trace. */
export function startSpan(name: string, attributes: Attributes = {}): Span {
  const active = tracing?.api.context.active();
  if (tracing === undefined || active === undefined) return NOTHING;
  const isInTrace = tracing.api.trace.getSpanContext(active) !== undefined;
  return isInTrace ? begin(tracing, active, { name, attributes }) : NOTHING;
}

/** Does `work` as a part of the work in hand; what it throws is a failure of that part. */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return await endWith(startSpan(name, attributes), work);
}

/** Does `work` within a span, and ends that. */
export async function endWith<T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    const result = await span.within(() => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** Ids of the work in hand, for log lines; empty where it is in no trace. */
export function traceIds(): { trace_id?: string; span_id?: string } {
  const active = tracing?.api.trace.getSpanContext(tracing.api.context.active());
  return active === undefined ? {} : { trace_id: active.traceId, span_id: active.spanId };
}

interface Begun {
  name: string;
  attributes: Attributes;
  startTime?: number | undefined;
}

function begin(chosen: Tracing, within: Context, { name, ...options }: Begun): Span {
  const { api, tracer } = chosen;
  const span: ApiSpan = tracer.startSpan(name, options, within);
  // To enter the context of a span costs every promise of the process.
  if (!span.isRecording()) return NOTHING;
  const inside = api.trace.setSpan(within, span);
  return {
    isRecorded: true,
    child: (part, attributes = {}, startTime) => begin(chosen, inside, { name: part, attributes, startTime }),
    within: (work) => api.context.with(inside, work),
    set: (attributes) => void span.setAttributes(attributes),
    end(thrown, endTime) {
      if (thrown !== undefined) {
        span.recordException(thrown instanceof Error ? thrown : messageOf(thrown));
        span.setStatus({ code: api.SpanStatusCode.ERROR });
      }
      span.end(endTime);
    },
  };
}
