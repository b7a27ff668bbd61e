import {
  addBias,
  cast,
  convolve,
  greaterEqual,
  integers,
  matMul,
  maxPool,
  multiply,
  relu,
  reshape,
  scalar,
  statelessUniform,
  tanh,
  add,
} from '@alexnet/tensorflow/graph';
import type { Value } from '@alexnet/tensorflow/graph';
import { layerName } from '../net.ts';
import type { Layer } from '../net.ts';
import { normalise } from './normalise.ts';

/** What layers compute with besides their input. */
export interface LayerContext {
  /** Current weights, by parameter name. */
  weights: ReadonlyMap<string, Value>;
  /** Of convolutions, products and all between them. */
  precision: 'float32' | 'bfloat16';
  /** In training, what dropout's masks are drawn from: int32 [2]. Without it nothing is dropped. */
  dropoutSeed?: Value;
}

/** Logits float32 [n, classes] of an input [n, height, width, channels]. */
export function classify(layers: readonly Layer[], input: Value, context: LayerContext): Value {
  const { graph } = input.operation;
  let x = cast(input, context.precision);
  for (const [index, layer] of layers.entries()) {
    x = graph.scope(layerName(layer, index), () => run(layer, index, x, context));
  }
  return cast(x, 'float32');
}

function run(layer: Layer, index: number, x: Value, context: LayerContext): Value {
  switch (layer.kind) {
    case 'convolution': {
      const [kernel, bias] = parametersOf(layer.name, context);
      return addBias(convolve(x, kernel, layer), bias);
    }
    case 'dense': {
      const [kernel, bias] = parametersOf(layer.name, context);
      return addBias(matMul(x, kernel), bias);
    }
    case 'relu':
      return relu(x);
    case 'tanh':
      return tanh(x);
    case 'normalise':
      return normalise(x, layer);
    case 'pool':
      return maxPool(x, layer);
    case 'flatten':
      return reshape(x, [null, ...layer.output]);
    case 'dropout':
      return dropOut(x, layer.rate, index, context);
  }
}

function parametersOf(name: string, { weights, precision }: LayerContext): [Value, Value] {
  return ['kernel', 'bias'].map((parameter) => {
    const value = weights.get(`${name}/${parameter}`);
    if (value === undefined) throw new RangeError(`${name}/${parameter} has no value`);
    return cast(value, precision);
  }) as [Value, Value];
}

/** Inverted dropout: what is kept is scaled by 1 / (1 - rate) in training, and testing leaves everything as it is. */
function dropOut(x: Value, rate: number, index: number, { dropoutSeed, precision }: LayerContext): Value {
  if (dropoutSeed === undefined || rate === 0) return x;
  const { graph } = x.operation;
  const seed = add(dropoutSeed, integers(graph, 0, index));
  const kept = greaterEqual(statelessUniform(x, seed), scalar(graph, rate));
  const mask = multiply(cast(kept, 'float32'), scalar(graph, 1 / (1 - rate)));
  return multiply(x, cast(mask, precision));
}
