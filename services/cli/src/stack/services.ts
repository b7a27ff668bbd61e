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
 * - glibc gives large buffers back to the system when they are freed, and a training step frees and takes the same
 *   ones again: keeping them saves most of the time that the kernel spends in faulting them in.
 */
export function serviceEnvironment(service: 'preprocess' | 'trainer'): NodeJS.ProcessEnv {
  return { ...(service === 'trainer' ? KEEP_FREED_MEMORY : MORE_THREADS), ...process.env };
}
