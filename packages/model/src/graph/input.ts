import {
  add,
  bytesOf,
  cast,
  constant,
  first,
  multiply,
  placeholder,
  reshape,
  scalar,
  shapeOf,
  subtract,
  tile,
} from '@alexnet/tensorflow/graph';
import type { Graph, Value } from '@alexnet/tensorflow/graph';
import { sizeOf } from '../net.ts';
import type { Net } from '../net.ts';

/** What a batch is fed as. */
export interface BatchInput {
  /** uint8 [n, height, width, channels] as int32 words, the last one filled up. */
  pixels: Value;
  /** float32 [n, channels]. */
  lighting: Value;
  /** int32 [n]. */
  labels: Value;
}

export function batchInput(graph: Graph, net: Net): BatchInput {
  return graph.scope('batch', () => ({
    pixels: placeholder(graph, 'int32', [null]),
    lighting: placeholder(graph, 'float32', [null, net.input[2] as number]),
    labels: placeholder(graph, 'int32', [null]),
  }));
}

/**
 * What the net sees, (pixels - mean + lighting) / divisor: float32 [n, height, width, channels].
 * @param meanImage of the net's input shape; none where nothing is subtracted
 * @throws RangeError for a mean image of another size
 */
export function netInput(
  net: Net,
  { pixels, lighting }: BatchInput,
  { meanImage, divisor }: { meanImage: Float32Array | undefined; divisor: number },
): Value {
  const { graph } = pixels.operation;
  const [height, width, channels] = net.input as [number, number, number];
  const each = sizeOf(net.input);
  if (meanImage !== undefined && meanImage.length !== each) {
    const wanted = net.input.join(', ');
    throw new RangeError(`a mean image of ${meanImage.length} values for an input of [${wanted}]`);
  }
  const integer = (value: number): Value => constant(graph, Int32Array.of(value), []);
  const n = reshape(first(shapeOf(lighting), integer(1), 1), []);
  const bytes = first(reshape(bytesOf(pixels), [null]), multiply(n, integer(each)), null);
  const scaled = (value: Value): Value =>
    divisor === 1 ? value : multiply(value, scalar(graph, 1 / divisor));
  const floats = scaled(cast(reshape(bytes, [null, height, width * channels]), 'float32'));
  const centred = (values: Value): Value => {
    if (meanImage === undefined) return values;
    const mean = meanImage.map((value) => value / divisor);
    return subtract(values, constant(graph, mean, [height, width * channels]));
  };
  // Once for each pixel of a row: adding whole rows takes a third of the time.
  const rows = tile(reshape(scaled(lighting), [null, 1, channels]), [1, 1, width]);
  return reshape(add(centred(floats), rows), [null, ...net.input]);
}
