/** For tests: what a trainer says and measures while it trains. */
export { TRAINER_METRICS } from './metrics.ts';
export { LivePublisher } from './run/live-publisher.ts';
