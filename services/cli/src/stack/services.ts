import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { KEEP_FREED_MEMORY, KEEP_FREED_MEMORY_WHILE_TRAINING } from '@alexnet/local';

const require = createRequire(import.meta.url);

const MORE_THREADS = { UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())) };

/** The program of a service. Services do not import each other: the command line starts them. */
export function serviceProgram(service: 'preprocess' | 'trainer'): string {
  return require.resolve(`@alexnet/${service}/main`);
}

/**
 * The environment of a service: with what has to be known before its process starts.
 * - Node decodes images in a pool of four threads, however many cores there are, unless told otherwise.
 * - Large buffers that are freed stay with the process: see {@link KEEP_FREED_MEMORY}.
 */
export function serviceEnvironment(
  service: 'preprocess' | 'trainer',
  environment: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const memory = service === 'trainer' ? KEEP_FREED_MEMORY_WHILE_TRAINING : KEEP_FREED_MEMORY;
  return { ...MORE_THREADS, ...memory, ...environment };
}
