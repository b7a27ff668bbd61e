import { ByteReader } from './bytes.ts';

/** Tags of TIFF 6.0, TIFF/EP and DNG, as far as they decide what the pixels mean. */
export const TAG = {
  newSubfileType: 254,
  subfileType: 255,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  t4Options: 292,
  t6Options: 293,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subDirectories: 330,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  chromaCoefficients: 529,
  chromaSubsampling: 530,
  chromaPositioning: 531,
  referenceBlackWhite: 532,
  colourProfile: 34675,
  dngVersion: 50706,
} as const;

/** Bytes of a value, by the type of its field. */
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
/** Of all directories that are read of a file: more than any sound file has, and read in a fraction of a second. */
const MOST_ENTRIES = 200_000;

/** A field of a directory, as it stands in the file. */
interface Field {
  type: number;
  count: number;
  /** Where its values are. */
  at: number;
}

/** One image of a TIFF: its tags. */
export class TiffDirectory {
  readonly #reader: ByteReader;
  readonly #fields: ReadonlyMap<number, Field>;

  constructor(reader: ByteReader, fields: ReadonlyMap<number, Field>) {
    this.#reader = reader;
    this.#fields = fields;
  }

  get tags(): readonly number[] {
    return [...this.#fields.keys()];
  }

  has(tag: number): boolean {
    return this.#fields.has(tag);
  }

  /** The whole numbers of a field, at most `most`; none where it is not there. @throws RangeError past the end of the file */
  numbers(tag: number, most = 64): number[] {
    const field = this.#fields.get(tag);
    if (field === undefined) return [];
    const { type, at } = field;
    const size = SIZES[type] ?? 0;
    const read = (place: number): number => {
      if (size === 1) return this.#reader.u8(place);
      if (size === 2) return this.#reader.u16(place);
      return size === 4 ? this.#reader.u32(place) : this.#reader.u64(place);
    };
    return Array.from({ length: Math.min(field.count, most) }, (_, i) => read(at + i * size));
  }

  number(tag: number): number | undefined {
    return this.numbers(tag, 1)[0];
  }
}

/** The structure of a TIFF file (TIFF 6.0, and BigTIFF with offsets of 64 bits). */
export class TiffFile {
  readonly #bytes: Buffer;
  readonly #reader: ByteReader;
  readonly #big: boolean;
  #entriesRead = 0;

  /** @param bytes that begin as a TIFF does */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#reader = new ByteReader(bytes, bytes[0] === 0x49);
    this.#big = this.#reader.u16(2) === 43;
  }

  /** The directories in the order of the file. @throws RangeError for one that is not all there, or without end */
  directories(): TiffDirectory[] {
    const found: TiffDirectory[] = [];
    const seen = new Set<number>();
    for (let at = this.#offset(this.#big ? 8 : 4); at !== 0;) {
      if (seen.has(at)) throw new RangeError('the directories lead in a circle');
      seen.add(at);
      const { directory, next } = this.#directory(at);
      found.push(directory);
      at = next;
    }
    return found;
  }

  /** The directories that one names as its parts. @throws RangeError */
  below(directory: TiffDirectory): TiffDirectory[] {
    return directory.numbers(TAG.subDirectories).map((at) => this.#directory(at).directory);
  }

  /**
   * A copy whose only directory is this one, with those tags alone that decide the pixels, in ascending order. What a reader
   * still warns about in the copy is about pixels.
   */
  pixelsOnly(directory: TiffDirectory): Buffer {
    const at = this.#bytes.length + (this.#bytes.length % 2);
    const wanted = new Set<number>(PIXEL_TAGS);
    const entries = this.#entries(this.#placeOf(directory)).filter(({ tag }) => wanted.has(tag));
    const unique = [...new Map(entries.map((entry) => [entry.tag, entry])).values()];
    const sorted = unique.sort((a, b) => a.tag - b.tag).map(({ bytes }) => bytes);
    const head = Buffer.alloc(this.#big ? 8 : 2);
    const copy = Buffer.concat([
      this.#bytes,
      Buffer.alloc(at - this.#bytes.length),
      head,
      ...sorted,
      Buffer.alloc(this.#big ? 8 : 4),
    ]);
    const little = this.#bytes[0] === 0x49;
    if (this.#big) {
      const write = (value: number, place: number): number =>
        little ? copy.writeBigUInt64LE(BigInt(value), place) : copy.writeBigUInt64BE(BigInt(value), place);
      write(sorted.length, at);
      write(at, 8);
    } else {
      if (little) copy.writeUInt16LE(sorted.length, at);
      else copy.writeUInt16BE(sorted.length, at);
      if (little) copy.writeUInt32LE(at, 4);
      else copy.writeUInt32BE(at, 4);
    }
    return copy;
  }

  readonly #places = new WeakMap<TiffDirectory, number>();

  #placeOf(directory: TiffDirectory): number {
    const place = this.#places.get(directory);
    if (place === undefined) throw new Error('a directory of another file');
    return place;
  }

  #offset(at: number): number {
    return this.#big ? this.#reader.u64(at) : this.#reader.u32(at);
  }

  #directory(at: number): { directory: TiffDirectory; next: number } {
    const fields = new Map<number, Field>();
    const room = this.#big ? 8 : 4;
    for (const { tag, place } of this.#entries(at)) {
      const type = this.#reader.u16(place + 2);
      const count = this.#offset(place + 4);
      const value = place + 4 + room;
      const bytes = count * (SIZES[type] ?? 0);
      if (!fields.has(tag)) fields.set(tag, { type, count, at: bytes <= room ? value : this.#offset(value) });
    }
    const directory = new TiffDirectory(this.#reader, fields);
    this.#places.set(directory, at);
    return { directory, next: this.#offset(this.#end(at)) };
  }

  #count(at: number): number {
    return this.#big ? this.#reader.u64(at) : this.#reader.u16(at);
  }

  #end(at: number): number {
    return at + (this.#big ? 8 : 2) + this.#count(at) * (this.#big ? 20 : 12);
  }

  #entries(at: number): { tag: number; place: number; bytes: Buffer }[] {
    const size = this.#big ? 20 : 12;
    const first = at + (this.#big ? 8 : 2);
    if (this.#end(at) > this.#bytes.length) throw new RangeError('a directory ends past the file');
    this.#entriesRead += this.#count(at);
    if (this.#entriesRead > MOST_ENTRIES) throw new RangeError('more directories than a file may have');
    return Array.from({ length: this.#count(at) }, (_, i) => {
      const place = first + i * size;
      return { tag: this.#reader.u16(place), place, bytes: this.#bytes.subarray(place, place + size) };
    });
  }
}

const PIXEL_TAGS: readonly number[] = [
  ...[TAG.width, TAG.height, TAG.bitsPerSample, TAG.compression, TAG.photometric, TAG.fillOrder],
  ...[TAG.stripOffsets, TAG.orientation, TAG.samplesPerPixel, TAG.rowsPerStrip, TAG.stripByteCounts],
  ...[TAG.planarConfiguration, TAG.t4Options, TAG.t6Options, TAG.predictor, TAG.colourMap],
  ...[TAG.tileWidth, TAG.tileHeight, TAG.tileOffsets, TAG.tileByteCounts, TAG.inkSet],
  ...[TAG.extraSamples, TAG.sampleFormat, TAG.jpegTables, TAG.chromaCoefficients],
  ...[TAG.chromaSubsampling, TAG.chromaPositioning, TAG.referenceBlackWhite, TAG.colourProfile],
];
