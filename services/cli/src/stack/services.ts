import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';

const require = createRequire(import.meta.url);

const MORE_THREADS = { UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())) };
const KEEP_FREED_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(4 * 1024 ** 3),
  MALLOC_TRIM_THRESHOLD_: String(64 * 1024 ** 3),
};

/** The program of a service. Services do not import each other: the command line starts them. */
export function serviceProgram(service: 'preprocess' | 'trainer'): string {
  return require.resolve(`@alexnet/${service}/main`);
}

/**
 * The environment of a service: what has to be known before its process starts.
 * - Node decodes images in a pool of four threads, however many cores there are, unless told otherwise.
 * - glibc gives large buffers back to the system when they are freed. A training step, and a worker with its images,
 *   frees and takes the same ones again and again: keeping them saves the kernel from faulting them in each time.
 */
export function serviceEnvironment(): NodeJS.ProcessEnv {
  return { ...MORE_THREADS, ...KEEP_FREED_MEMORY, ...process.env };
}
