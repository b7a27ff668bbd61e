import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { KEEP_FREED_MEMORY, KEEP_FREED_MEMORY_WHILE_TRAINING } from '@alexnet/local';

const require = createRequire(import.meta.url);

const MORE_THREADS = { UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())) };

export type Service = 'preprocess' | 'trainer' | 'console';

/** A console holds no large buffers for long. */
const MEMORY: Record<Service, NodeJS.ProcessEnv> = {
  preprocess: KEEP_FREED_MEMORY,
  trainer: KEEP_FREED_MEMORY_WHILE_TRAINING,
  console: {},
};

/** The program of a service. Services do not import each other: the command line starts them. */
export function serviceProgram(service: Service): string {
  return require.resolve(`@alexnet/${service}/main`);
}

/**
 * The environment of a service: with what has to be known before its process starts.
 * - Node decodes images in a pool of four threads, however many cores there are, unless told otherwise.
 * - Large buffers that are freed stay with the process: see {@link KEEP_FREED_MEMORY}.
 */
export function serviceEnvironment(service: Service, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...MORE_THREADS, ...MEMORY[service], ...environment };
}
