import koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { libraryFile, TurboJpeg } from './turbojpeg.ts';

const CHANNELS = 3;

/** The compressor of the library: sharp's knows two subsamplings. */
function compressor() {
  const library = koffi.load(libraryFile());
  const init = library.func('void *tj3Init(int)');
  const set = library.func('int tj3Set(void *, int, int)');
  const free = library.func('void tj3Free(void *)');
  const compress = library.func(
    'int tj3Compress8(void *, void *, int, int, int, int, _Inout_ void **, _Inout_ size_t *)',
  );
  const PARAMETER = { quality: 3, subsampling: 4, progressive: 12, restartRows: 19 };
  return (
    pixels: Buffer,
    { width, height }: { width: number; height: number },
    {
      subsampling,
      progressive,
      restartRows,
    }: { subsampling: number; progressive: number; restartRows: number },
  ): Buffer => {
    const handle = init(0) as unknown;
    const settings = { quality: 90, subsampling, progressive, restartRows };
    for (const [name, value] of Object.entries(settings))
      set(handle, PARAMETER[name as keyof typeof PARAMETER], value);
    const [to, size] = [[null], [0]];
    expect(compress(handle, pixels, width, width * CHANNELS, height, 0, to, size)).toBe(0);
    const bytes = Buffer.from(koffi.decode(to[0], 'uint8', Number(size[0])) as number[]);
    free(to[0]);
    return bytes;
  };
}

/** Different in every pixel, in colour too. */
function noise(width: number, height: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length: width * height * CHANNELS }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state >> 16;
    }),
  );
}

const SUBSAMPLINGS = { '4:4:4': 0, '4:2:2': 1, '4:2:0': 2, grey: 3, '4:4:0': 4, '4:1:1': 5, '4:4:1': 6 };

describe.each(Object.entries(SUBSAMPLINGS))('columns of a JPEG, %s', (_, subsampling) => {
  it.each([
    ['baseline', 0, 0],
    ['baseline, in pieces', 0, 1],
    ['progressive', 1, 0],
  ])('are those of the whole, %s', async (_kind, progressive, restartRows) => {
    const compress = compressor();
    const decoder = new TurboJpeg();
    for (const [width, height] of [
      [203, 40],
      [160, 33],
      [97, 24],
    ] as const) {
      const bytes = compress(
        noise(width, height),
        { width, height },
        { subsampling, progressive, restartRows },
      );
      for (const shrink of [1, 2, 4, 8]) {
        const all = Math.ceil(width / shrink);
        const rows = Math.ceil(height / shrink);
        const decode = async (first: number, count: number): Promise<Buffer> => {
          const header = decoder.readHeader(bytes);
          if (header === undefined) throw new Error('not a JPEG');
          const columns = decoder.columnsFor(header, shrink, { first, count });
          const target = Buffer.alloc(columns.count * rows * CHANNELS);
          expect(await decoder.decode(bytes, header, shrink, target, { columns, blocking: true })).toBe(true);
          return cut(target, columns.count, first - columns.first, count);
        };
        const whole = await decode(0, all);
        for (let first = 0; first < all; first += 1 + (first % 5)) {
          for (const count of [1, Math.ceil((all - first) / 2), all - first]) {
            const wanted = cut(whole, all, first, count);
            expect((await decode(first, count)).equals(wanted), `${width}/${shrink}: ${first}+${count}`).toBe(
              true,
            );
          }
        }
      }
    }
  });
});

/** Some columns of uint8 [rows, width, 3]. */
function cut(pixels: Buffer, width: number, first: number, count: number): Buffer {
  const rows = pixels.length / (width * CHANNELS);
  return Buffer.concat(
    Array.from({ length: rows }, (_, row) => {
      const at = (row * width + first) * CHANNELS;
      return pixels.subarray(at, at + count * CHANNELS);
    }),
  );
}
