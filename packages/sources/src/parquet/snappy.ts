/**
 * Snappy (https://github.com/google/snappy/blob/main/format_description.txt). The decoders of the Parquet libraries walk on for
 * minutes where a damaged length is negative.
 * @param size what it has to become
 * @throws RangeError for damaged bytes, or another size
 */
export function decompressSnappy(bytes: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let at = lengthEnd(bytes);
  let filled = 0;
  while (at < bytes.length) {
    const tag = bytes[at++] ?? 0;
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const width = length - 60;
        length = numberAt(bytes, at, width) + 1;
        at += width;
      }
      if (at + length > bytes.length || filled + length > size)
        throw new RangeError('a literal that is too long');
      output.set(bytes.subarray(at, at + length), filled);
      at += length;
    } else {
      const width = kind === 3 ? 4 : kind;
      let offset = numberAt(bytes, at, width);
      at += width;
      if (kind === 1) {
        length = ((tag >> 2) & 7) + 4;
        offset += (tag >> 5) << 8;
      }
      if (offset === 0 || offset > filled || filled + length > size)
        throw new RangeError('a copy of what is not there');
      // They may overlap: then what was copied is copied again.
      for (let i = filled; i < filled + length; i++) output[i] = output[i - offset] ?? 0;
    }
    filled += length;
  }
  if (filled !== size) throw new RangeError(`${filled} bytes in place of ${size}`);
  return output;
}

/** Behind the number at the beginning, which says the size. */
function lengthEnd(bytes: Uint8Array): number {
  const last = bytes.findIndex((byte) => byte < 0x80);
  if (last === -1 || last > 4) throw new RangeError('no size at the beginning');
  return last + 1;
}

/** Little-endian, of 1 to 4 bytes. */
function numberAt(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
