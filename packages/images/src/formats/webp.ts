import { refuseHole } from './zeros.ts';

const FILE_HEAD = 12;
/** Of an animation, before the chunks of its image (RIFF container of WebP, "ANMF"). */
const FRAME_HEAD = 16;

/** @throws ImageUnreadableError `truncated` where the image, or the first one of an animation, has a hole */
export function checkWebp(bytes: Buffer): void {
  checkChunks(bytes, FILE_HEAD, bytes.length);
}

function checkChunks(bytes: Buffer, from: number, to: number): void {
  for (let at = from; at + 8 <= to;) {
    const type = bytes.toString('latin1', at, at + 4);
    const [begin, end] = [at + 8, Math.min(at + 8 + bytes.readUInt32LE(at + 4), to)];
    if (type === 'VP8 ' || type === 'VP8L') refuseHole(bytes, begin, end);
    if (type === 'ANMF') {
      checkChunks(bytes, begin + FRAME_HEAD, end);
      return;
    }
    at = end + ((end - begin) & 1);
  }
}
