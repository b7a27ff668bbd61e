export interface TarEntry {
  /** ASCII, at most 100 bytes. */
  name: string;
  body: Uint8Array;
}

const BLOCK = 512;
const ZEROS = new Uint8Array(2 * BLOCK);

/** Bytes of an entry in the tar: one block of header, and whole blocks of body. */
export const entryBytes = (body: Uint8Array): number => BLOCK + Math.ceil(body.length / BLOCK) * BLOCK;
/** First byte of an entry's body, from the entry's beginning. */
export const BODY_OFFSET = BLOCK;

/**
 * The entries as a ustar file. What the entries throw, the stream throws. A body is not looked at any more when the next
 * entry is asked for: its memory may be used again, which no library's packer allows.
 */
export async function* packTar(entries: AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for await (const { name, body } of entries) {
    yield header(name, body.length);
    yield body;
    const rest = body.length % BLOCK;
    if (rest > 0) yield ZEROS.subarray(0, BLOCK - rest);
  }
  yield ZEROS;
}

/** What ends a field of numbers, and where each field begins (POSIX, pax(1), "ustar Interchange Format"). */
const FIELDS = { name: 0, mode: 100, uid: 108, gid: 116, size: 124, mtime: 136, checksum: 148, type: 156 };
const MAGIC = { at: 257, text: 'ustar\u000000' };
const DEVICE = { major: 329, minor: 337 };
/** While the checksum is added up. */
const NO_CHECKSUM = ' '.repeat(8);

/** Of a file without an owner or a time, so that the same entries give the same bytes. */
const COMMON = commonHeader();

function commonHeader(): Buffer {
  const common = Buffer.alloc(BLOCK);
  common.write(octal(0o644, 6), FIELDS.mode, 'latin1');
  common.write(octal(0, 6), FIELDS.uid, 'latin1');
  common.write(octal(0, 6), FIELDS.gid, 'latin1');
  common.write(octal(0, 11), FIELDS.mtime, 'latin1');
  common.write(NO_CHECKSUM, FIELDS.checksum, 'latin1');
  common.write('0', FIELDS.type, 'latin1');
  common.write(MAGIC.text, MAGIC.at, 'latin1');
  common.write(octal(0, 6), DEVICE.major, 'latin1');
  common.write(octal(0, 6), DEVICE.minor, 'latin1');
  return common;
}

/** @throws RangeError for a name that needs more than this kind of header */
function header(name: string, size: number): Buffer {
  if (!/^[\x20-\x7e]{1,100}$/.test(name)) throw new RangeError(`a tar entry cannot be named ${name}`);
  const block = Buffer.from(COMMON);
  block.write(name, FIELDS.name, 'latin1');
  block.write(octal(size, 11), FIELDS.size, 'latin1');
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${octal(sum, 6)}\0`, FIELDS.checksum, 'latin1');
  return block;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')} `;
}
