const SCAN = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;
const ORIENTATION = 0x0112;

/** What stands before the first scan of a JPEG. */
export interface JpegHead {
  /** No EXIF orientation other than upright, and no colour profile. */
  isShownAsStored: boolean;
  /** The marker of the frame: SOF0 to SOF15; 0 where there is none. */
  frame: number;
  /** Of a pixel. */
  components: number;
  /** Where the marker of the first scan is. */
  scan: number;
}

/** Undefined for a file whose markers before its first scan cannot be followed. */
export function readJpegHead(bytes: Buffer): JpegHead | undefined {
  const head: JpegHead = { isShownAsStored: true, frame: 0, components: 0, scan: 0 };
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    // Any number of fill bytes may come before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === SCAN) return { ...head, scan: at };
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const segment = bytes.subarray(at + 4, end);
    if (isFrame(marker)) {
      head.frame = marker;
      head.components = segment[5] ?? 0;
    }
    if (marker === APP2 && startsWith(segment, 'ICC_PROFILE\0')) head.isShownAsStored = false;
    if (marker === APP1 && startsWith(segment, 'Exif\0') && !isUpright(segment.subarray(6)))
      head.isShownAsStored = false;
    at = end;
  }
  return undefined;
}

/** Frames are SOF0 to SOF15; DHT, JPG and DAC are in their midst (T.81 table B.1). */
export const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function startsWith(bytes: Buffer, text: string): boolean {
  return bytes.toString('latin1', 0, text.length) === text;
}

/** Whether the first directory of a TIFF structure gives no orientation but 1. False where it cannot be read. */
function isUpright(tiff: Buffer): boolean {
  if (tiff.length < 8) return false;
  const little = startsWith(tiff, 'II*\0');
  if (!little && !startsWith(tiff, 'MM\0*')) return false;
  const short = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return false;
  const end = directory + 2 + short(directory) * 12;
  if (end > tiff.length) return false;
  for (let entry = directory + 2; entry < end; entry += 12) {
    if (short(entry) === ORIENTATION && short(entry + 8) !== 1) return false;
  }
  return true;
}
