import { ImageUnreadableError } from '../unreadable.ts';

/** Compressed pixels have no such run of zeros: it is where a copy was not finished, or a disk lost a block. */
const HOLE = Buffer.alloc(512);

/** @throws ImageUnreadableError `truncated` where compressed pixels have a hole; decoders fill it with invented ones */
export function refuseHole(bytes: Buffer, begin: number, end: number): void {
  const at = bytes.subarray(0, end).indexOf(HOLE, begin);
  if (at < 0) return;
  throw new ImageUnreadableError('truncated', {
    expected: 'compressed pixels throughout',
    actual: `zeros from byte ${at} on, in the place of compressed pixels`,
    remedy: 'Copy the file again, or remove it.',
  });
}
