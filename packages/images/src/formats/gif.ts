export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const HAS_TABLE = 0x80;

/** Where the first frame of a GIF lies on its canvas (GIF89a §20). @throws RangeError where the file ends before it */
export function firstGifFrame(bytes: Buffer): Frame | undefined {
  const flags = bytes.readUInt8(10);
  let at = 13 + ((flags & HAS_TABLE) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
  while (bytes.readUInt8(at) === EXTENSION) {
    // Its blocks, each with its length before it; one of length 0 ends them.
    at += 2;
    while (bytes.readUInt8(at) !== 0) at += bytes.readUInt8(at) + 1;
    at += 1;
  }
  if (bytes.readUInt8(at) !== IMAGE) return undefined;
  const [left, top, width, height] = [1, 3, 5, 7].map((offset) => bytes.readUInt16LE(at + offset));
  return { left: left ?? 0, top: top ?? 0, width: width ?? 0, height: height ?? 0 };
}
