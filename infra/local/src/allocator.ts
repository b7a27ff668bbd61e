/**
 * Environment of a process that frees and takes the same large buffers again and again: a training step, a worker with its
 * images, a server of slices. glibc would give them back to the system, and the kernel would fault each of them in anew.
 * Programs with an allocator of their own are not concerned.
 */
export const KEEP_FREED_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(4 * 1024 ** 3),
  MALLOC_TRIM_THRESHOLD_: String(64 * 1024 ** 3),
};
