/** For tests of what a trainer says while it trains. */
export { LivePublisher } from './run/live-publisher.ts';
