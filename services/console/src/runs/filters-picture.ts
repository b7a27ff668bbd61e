import { AlexnetError } from '@alexnet/core';
import { encodePng } from '@alexnet/images';
import type { Tensors } from '@alexnet/checkpoints';

const COLUMNS = 16;
/** Pixels for each weight, and between two filters. */
const SCALE = 4;
const GAP = 4;

/**
 * The filters of conv1 as colour pictures, 16 in a row, each from black to white over its own range, as in figure 3 of the paper.
 * @param weights conv1/kernel is [height, width, 3, filters]
 * @throws OBJECT_NOT_FOUND for a net without colour filters
 */
export async function filtersPicture(weights: Tensors): Promise<Buffer> {
  const kernel = weights.get('conv1/kernel');
  const [height = 0, width = 0, channels, filters = 0] = kernel?.shape ?? [];
  if (kernel === undefined || channels !== 3) throw noFilters();
  const rows = Math.ceil(filters / COLUMNS);
  const cell = { height: height * SCALE + GAP, width: width * SCALE + GAP };
  const size = {
    width: Math.min(COLUMNS, filters) * cell.width - GAP,
    height: rows * cell.height - GAP,
    channels: 3,
  } as const;
  const pixels = Buffer.alloc(size.width * size.height * 3, 0xff);
  for (let filter = 0; filter < filters; filter++) {
    const at = (y: number, x: number, c: number): number =>
      kernel.data[((y * width + x) * 3 + c) * filters + filter] ?? 0;
    const [low, high] = rangeOf(kernel.data, filter, filters);
    const [top, left] = [Math.floor(filter / COLUMNS) * cell.height, (filter % COLUMNS) * cell.width];
    for (let y = 0; y < height * SCALE; y++) {
      for (let x = 0; x < width * SCALE; x++) {
        for (let c = 0; c < 3; c++) {
          const value = at(Math.floor(y / SCALE), Math.floor(x / SCALE), c);
          pixels[((top + y) * size.width + left + x) * 3 + c] = Math.round(
            (255 * (value - low)) / Math.max(Number.MIN_VALUE, high - low),
          );
        }
      }
    }
  }
  return await encodePng(pixels, size);
}

function rangeOf(data: Float32Array, filter: number, filters: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let at = filter; at < data.length; at += filters) {
    const value = data[at] ?? 0;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

const noFilters = (): AlexnetError =>
  new AlexnetError('OBJECT_NOT_FOUND', {
    expected: 'a net whose first layer sees red, green and blue',
    actual: 'another one',
    remedy: 'Its filters cannot be drawn.',
  });
