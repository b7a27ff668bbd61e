import { encodePng } from '@alexnet/images';
import { drawing, FAINT, picture, text } from './svg.ts';

/** A kernel of a layer that sees colours: [height, width, 3, filters], row-major. */
export interface ColourKernel {
  shape: readonly number[];
  data: Float32Array;
}

const CHANNELS = 3;
/** Pixels of a weight's side; half as many units, so that a PNG of two pixels a unit shows each pixel as it is. */
const ZOOM = 8;
const PIXELS_PER_UNIT = 2;
/** Pixels between filters. */
const GAP = 8;
const MARGIN = 16;
const HEAD = 44;
/** Units. 96 filters of 11×11 fill it. */
const PAGE_WIDTH = 764;
const MOST_LARGER = 4;

/** Pixels, uint8 [height, width, 3]. */
export interface Raster {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/**
 * Filters as in figure 3 of the paper: in rows, 16 of them for 96 filters, each filter from black to white over its own
 * range; one whose weights are all the same is grey.
 * @param zoom pixels of a weight's side
 * @throws RangeError for a kernel of another shape
 */
export function filterGrid({ shape, data }: ColourKernel, zoom = ZOOM): Raster {
  const [height = 0, width = 0, channels, filters = 0] = shape;
  const count = height * width * CHANNELS * filters;
  if (shape.length !== 4 || channels !== CHANNELS || count === 0 || data.length !== count)
    throw new RangeError(`[${shape.join(', ')}] with ${data.length} values is no kernel that sees colours`);
  const columns = columnsFor(filters);
  const rows = Math.ceil(filters / columns);
  const stepX = width * zoom + GAP;
  const stepY = height * zoom + GAP;
  const raster = blank(columns * stepX - GAP, rows * stepY - GAP);
  for (let filter = 0; filter < filters; filter++) {
    const place = { x: (filter % columns) * stepX, y: Math.floor(filter / columns) * stepY };
    drawFilter(raster, place, { height, width, filters, data, zoom }, filter);
  }
  return raster;
}

/** Few filters are drawn larger, so that they fill the page. */
function zoomFor({ shape }: ColourKernel): number {
  const [, width = 1, , filters = 1] = shape;
  const room = (PAGE_WIDTH * PIXELS_PER_UNIT + GAP) / columnsFor(filters) - GAP;
  return ZOOM * Math.min(MOST_LARGER, Math.max(1, Math.floor(room / (width * ZOOM))));
}

/** 96 filters are 6 rows of 16; others are in about the same shape. */
function columnsFor(filters: number): number {
  return Math.ceil(Math.sqrt((filters * 16) / 6));
}

function blank(width: number, height: number): Raster {
  return { width, height, rgb: new Uint8Array(width * height * CHANNELS).fill(255) };
}

function drawFilter(
  raster: Raster,
  place: { x: number; y: number },
  kernel: { height: number; width: number; filters: number; data: Float32Array; zoom: number },
  filter: number,
): void {
  const { height, width, filters, data, zoom } = kernel;
  const weights = Float32Array.from(
    { length: height * width * CHANNELS },
    (_, i) => data[i * filters + filter] as number,
  );
  const least = weights.reduce((a, b) => Math.min(a, b), Infinity);
  const most = weights.reduce((a, b) => Math.max(a, b), -Infinity);
  const shade = (weight: number): number =>
    most > least ? Math.round((255 * (weight - least)) / (most - least)) : 128;
  for (let y = 0; y < height * zoom; y++) {
    for (let x = 0; x < width * zoom; x++) {
      const from = (Math.floor(y / zoom) * width + Math.floor(x / zoom)) * CHANNELS;
      const to = ((place.y + y) * raster.width + place.x + x) * CHANNELS;
      for (let c = 0; c < CHANNELS; c++) raster.rgb[to + c] = shade(weights[from + c] as number);
    }
  }
}

/** The filters of the first layer, as {@link filterGrid} lays them out, under a title. @throws RangeError likewise */
export async function filtersFigure(title: string, kernel: ColourKernel): Promise<string> {
  const grid = filterGrid(kernel, zoomFor(kernel));
  const [height, width, , filters] = kernel.shape;
  const box = {
    x: MARGIN,
    y: HEAD,
    width: grid.width / PIXELS_PER_UNIT,
    height: grid.height / PIXELS_PER_UNIT,
  };
  const explanation = `Each of the ${filters} filters of ${height}×${width}×3, from its smallest weight (black) to its largest (white)`;
  return drawing(Math.max(box.width, PAGE_WIDTH) + 2 * MARGIN, box.height + HEAD + MARGIN, [
    text(title, { x: MARGIN, y: 20, size: 14, bold: true }),
    text(explanation, { x: MARGIN, y: 36, size: 11, fill: FAINT }),
    picture(
      box,
      'png',
      await encodePng(grid.rgb, { width: grid.width, height: grid.height, channels: CHANNELS }),
    ),
  ]);
}
