import {
  closeSync,
  copyFileSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';

const TAIL_BYTES = 64 * 1024;

/**
 * Keeps a log bounded: one of more than `maxBytes` goes to `FILE.1`, in the place of the one before, and begins again. The
 * program goes on writing to the file that it has open, at its end. Lines that come between the copy and the cut are
 * copied too, as far as they can be seen. Never throws: a log is worth less than what is logged.
 */
export function rotateLog(file: string, maxBytes: number): void {
  try {
    if (statSync(file).size <= maxBytes) return;
    const copy = `${file}.1`;
    copyFileSync(file, `${copy}.partial`);
    appendRest(file, `${copy}.partial`);
    truncateSync(file);
    renameSync(`${copy}.partial`, copy);
  } catch {
    // The disk is full, or the folder is gone: the next look may do better.
  }
}

/** Copying takes a moment, in which the program writes on. */
function appendRest(file: string, copy: string): void {
  const copied = statSync(copy).size;
  const rest = statSync(file).size - copied;
  if (rest <= 0) return;
  const bytes = Buffer.alloc(rest);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, rest, copied);
  } finally {
    closeSync(descriptor);
  }
  writeFileSync(copy, bytes, { flag: 'a' });
}

/** The end of a log, for messages. */
export function logTail(file: string, characters: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = statSync(file);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString().slice(-characters).trim();
  } finally {
    closeSync(descriptor);
  }
}
