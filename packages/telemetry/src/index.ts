/**
 * What a process tells those who watch it: metrics in the format of Prometheus, whether it lives, whether work advances,
 * and traces in the format of OpenTelemetry.
 */
export { Metrics } from './metrics.ts';
export type { MetricDefinition, MetricTable } from './metrics.ts';
export { recordJob, SHARED_METRICS } from './shared-metrics.ts';
export type { JobMetrics } from './shared-metrics.ts';
export { endWith, inSpan, startSpan, startTrace, traceIds } from './span.ts';
export type { Span } from './span.ts';
export { BATCH_ATTRIBUTE, startTraces, TRACES } from './tracing.ts';
export type { Traces } from './tracing.ts';
export { WorkInHand } from './work-in-hand.ts';
export type { Work } from './work-in-hand.ts';
export { readiness, worksWithin } from './readiness.ts';
export type { Check } from './readiness.ts';
export { openProbes } from './probe-server.ts';
export type { ProbeOptions, ProbeServer } from './probe-server.ts';
