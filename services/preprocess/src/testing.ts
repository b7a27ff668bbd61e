/** For tests: what a worker measures. */
export { WORKER_METRICS } from './metrics.ts';
