/** What writers may add to the last run so that it has whole groups of 8. */
const PADDING = 512;

/**
 * Checks levels, or indices of a dictionary, in the hybrid of runs and packed bits
 * (https://parquet.apache.org/docs/file-format/data-pages/encodings/): a run may claim a billion values in five bytes.
 * Whether there are enough of them is left to the reader.
 * @param count values that are wanted, or more
 * @throws RangeError for a run of more values than that
 */
export function checkRuns(bytes: Uint8Array, width: number, count: number): void {
  if (width > 32) throw new RangeError(`values of ${width} bits`);
  let at = 0;
  for (let seen = 0; seen < count && at < bytes.length;) {
    const { value: header, end } = readNumber(bytes, at);
    const isPacked = (header & 1) === 1;
    const run = (header >>> 1) * (isPacked ? 8 : 1);
    if (run > count - seen + PADDING) throw new RangeError(`a run of ${run} values of ${count}`);
    at = end + (isPacked ? (run / 8) * width : (width + 7) >> 3);
    seen += run;
  }
}

/**
 * Checks the beginning of numbers in the delta encoding: sizes of blocks that make no sense would never end.
 * @throws RangeError
 */
export function checkDeltas(bytes: Uint8Array): void {
  const block = readNumber(bytes, 0);
  const miniblocks = readNumber(bytes, block.end);
  const isSound =
    block.value > 0 && block.value <= 2 ** 16 && miniblocks.value > 0 && block.value % miniblocks.value === 0;
  if (!isSound) throw new RangeError(`blocks of ${block.value} values in ${miniblocks.value} parts`);
}

/** A number of at most 32 bits, 7 in each byte. */
function readNumber(bytes: Uint8Array, from: number): { value: number; end: number } {
  let value = 0;
  for (let at = from; at < from + 5; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError('a number without an end');
    value |= (byte & 0x7f) << (7 * (at - from));
    if (byte < 0x80) return { value: value >>> 0, end: at + 1 };
  }
  throw new RangeError('a number of more than 32 bits');
}
