import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';

const require = createRequire(import.meta.url);

const LEAST_THREADS = 4;

/** The program of a service. Services do not import each other: the command line starts them. */
export function serviceProgram(service: 'preprocess' | 'trainer'): string {
  return require.resolve(`@alexnet/${service}/main`);
}

/**
 * The environment of a service. Node decodes images in a pool of four threads, however many cores there are, unless
 * it is told otherwise before it starts.
 */
export function serviceEnvironment(): NodeJS.ProcessEnv {
  return { UV_THREADPOOL_SIZE: String(Math.max(LEAST_THREADS, availableParallelism())), ...process.env };
}
