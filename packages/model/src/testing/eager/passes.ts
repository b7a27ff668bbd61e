import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import type { Net } from '../../net.ts';
import type { Kernels } from './kernels.ts';
import { runLayer } from './layers.ts';
import type { LayerResult } from './layers.ts';
import type { DeviceTensors } from './state.ts';

export interface PassContext {
  tensorflow: Tensorflow;
  kernels: Kernels;
  net: Net;
  weights: DeviceTensors;
}

/** Logits without dropout. The input and every activation go as soon as the next layer has used them. */
export function classify({ net, ...context }: PassContext, input: Tensor): Tensor {
  let x = input;
  for (const layer of net.layers) {
    const { output } = runLayer(layer, x, context);
    x.dispose();
    x = output;
  }
  return x;
}

/** A forward pass in training, kept for the backward pass. */
export interface Recorded {
  logits: Tensor;
  results: LayerResult[];
}

/** Logits with dropout, whose mask in layer i is drawn from `seedOf(i)`. Takes over the input. */
export function forward(
  { net, ...context }: PassContext,
  input: Tensor,
  seedOf: (layer: number) => readonly [number, number],
): Recorded {
  const results: LayerResult[] = [];
  let x = input;
  for (const [index, layer] of net.layers.entries()) {
    const result = runLayer(layer, x, { ...context, dropoutSeed: seedOf(index) });
    // A ReLU's gradient needs its output alone, and a layer with weights does not need its own output.
    const before = net.layers[index - 1]?.kind;
    if (layer.kind === 'relu' && (before === 'convolution' || before === 'dense')) x.dispose();
    results.push(result);
    x = result.output;
  }
  return { logits: x, results };
}

/**
 * Hands the gradient of every parameter to `onGradient` as soon as it is known, last layer first; the layer's
 * weights are not needed any more by then. Takes over `dLogits` and disposes of each activation once it is used.
 */
export function backward(
  { results }: Recorded,
  dLogits: Tensor,
  onGradient: (name: string, gradient: Tensor) => void,
): void {
  let dy = dLogits;
  for (let index = results.length - 1; index >= 0; index--) {
    const result = results[index] as LayerResult;
    const { input, parameters } = result.backward(dy, index > 0);
    for (const [name, gradient] of parameters) onGradient(name, gradient);
    dy.dispose();
    result.output.dispose();
    if (input !== undefined) dy = input;
  }
}
