import { promisify } from 'node:util';
import { libc } from './libc.ts';

/**
 * Gives freed memory back to the system, of all threads of this process: glibc keeps it where `MALLOC_TRIM_THRESHOLD_` is
 * high, as a training step needs it. What TensorFlow has freed is part of it where `TF_ONEDNN_USE_SYSTEM_ALLOCATOR` is 1.
 */
export async function giveMemoryBack(): Promise<void> {
  await promisify(libc().trim)(0);
}
