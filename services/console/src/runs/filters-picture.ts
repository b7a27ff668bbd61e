import { AlexnetError } from '@alexnet/core';
import type { Tensors } from '@alexnet/checkpoints';
import { filterGrid } from '@alexnet/figures';
import { encodePng } from '@alexnet/images';

/** Pixels of a weight's side. */
const ZOOM = 4;

/**
 * The filters of conv1 as colour pictures, as {@link filterGrid} lays them out, as a PNG.
 * @param weights conv1/kernel is [height, width, 3, filters]
 * @throws OBJECT_NOT_FOUND for a net without colour filters
 */
export async function filtersPicture(weights: Tensors): Promise<Buffer> {
  const kernel = weights.get('conv1/kernel');
  if (kernel?.shape[2] !== 3) throw noFilters();
  const { rgb, width, height } = filterGrid(kernel, ZOOM);
  return await encodePng(rgb, { width, height, channels: 3 });
}

const noFilters = (): AlexnetError =>
  new AlexnetError('OBJECT_NOT_FOUND', {
    expected: 'a net whose first layer sees red, green and blue',
    actual: 'another one',
    remedy: 'Its filters cannot be drawn.',
  });
