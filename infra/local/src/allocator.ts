/**
 * Environment of a process that frees and takes the same large buffers again and again: a training step, a worker with its
 * images, a server of slices. glibc would give them back to the system, and the kernel would fault each of them in again.
 * Programs with an allocator of their own are not concerned.
 */
export const KEEP_FREED_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(4 * 1024 ** 3),
  MALLOC_TRIM_THRESHOLD_: String(64 * 1024 ** 3),
};

/**
 * The same for a trainer, whose memory can be given back when it has nothing to do: TensorFlow would keep what it has freed in
 * a pool of its own for as long as the process runs. In one arena, as glibc maps large buffers of any other arena again each
 * time.
 */
export const KEEP_FREED_MEMORY_WHILE_TRAINING = {
  ...KEEP_FREED_MEMORY,
  MALLOC_ARENA_MAX: '1',
  TF_ONEDNN_USE_SYSTEM_ALLOCATOR: '1',
};
