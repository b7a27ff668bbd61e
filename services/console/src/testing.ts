/** For tests: a server in their own process, and the schemas of what it returns. */
export { Backend } from './backend.ts';
export { CONSOLE_METRICS } from './metrics.ts';
export { Predictions } from './predict/predictions.ts';
export { createServer } from './server.ts';
export * from './api/schemas.ts';
