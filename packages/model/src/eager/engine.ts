import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import type { Batch, Engine, StepMetrics, UnlabelledBatch } from '../engine.ts';
import type { Net } from '../net.ts';
import type { Profile } from '../profile.ts';
import { createInputMaker, labelsOf } from './input.ts';
import { createKernels } from './kernels.ts';
import { runLayer } from './layers.ts';
import type { LayerContext, LayerResult } from './layers.ts';
import { metricsOf, softmaxLoss } from './loss.ts';
import { fromDevice, toDevice } from './state.ts';
import type { DeviceTensors } from './state.ts';
import { update } from './update.ts';

/** Layers that a step's dropout seeds leave room for. */
const LAYER_LIMIT = 64;

export interface EagerEngineOptions {
  tensorflow: Tensorflow;
  net: Net;
  profile: Pick<Profile, 'optimizer' | 'inputDivisor'>;
  /** Mean image of the training set on the scale of 0 … 255, of the net's input shape. */
  meanImage: Float32Array;
}

/** An engine that runs one TensorFlow kernel after the other; `load` must come before anything else. */
export function createEagerEngine({ tensorflow, net, profile, meanImage }: EagerEngineOptions): Engine {
  const { tf } = tensorflow;
  const kernels = createKernels(tensorflow);
  const toInput = createInputMaker(tensorflow, net, meanImage, profile.inputDivisor);
  let weights: DeviceTensors = new Map();
  let velocities: DeviceTensors = new Map();
  let pending: { step: number; count: number; metrics: Tensor }[] = [];

  function disposeState(): void {
    for (const tensor of [...weights.values(), ...velocities.values()]) tensor.dispose();
  }

  /** Logits of a test: every activation goes as soon as the next layer has used it. */
  function test(batch: UnlabelledBatch): Tensor {
    let x = toInput(batch);
    for (const layer of net.layers) {
      const { output } = runLayer(layer, x, { tensorflow, kernels, weights });
      x.dispose();
      x = output;
    }
    return x;
  }

  /** Logits of a training step, with what its gradient needs: `activations[i]` is the input of layer i. */
  function forward(
    input: Tensor,
    seedOf: (layer: number) => LayerContext['dropoutSeed'],
  ): { logits: Tensor; results: LayerResult[]; activations: Tensor[] } {
    const results: LayerResult[] = [];
    const activations = [input];
    let x = input;
    for (const [index, layer] of net.layers.entries()) {
      const seed = seedOf(index);
      const result = runLayer(layer, x, {
        tensorflow,
        kernels,
        weights,
        ...(seed === undefined ? {} : { dropoutSeed: seed }),
      });
      // A ReLU's gradient needs its output alone, and the layer before it does not need its own output.
      if (layer.kind === 'relu' && index > 0) x.dispose();
      results.push(result);
      activations.push(result.output);
      x = result.output;
    }
    return { logits: x, results, activations };
  }

  function apply(name: string, gradient: Tensor, learningRate: number): void {
    const weight = weights.get(name) as Tensor;
    const velocity = velocities.get(name) as Tensor;
    const next = update(tensorflow, { weight, velocity, gradient }, { ...profile.optimizer, learningRate });
    tf.dispose([weight, velocity, gradient]);
    weights.set(name, tf.keep(next.weight));
    velocities.set(name, tf.keep(next.velocity));
  }

  function backward(results: LayerResult[], activations: Tensor[], dLogits: Tensor, rate: number): void {
    let dy = dLogits;
    for (let index = results.length - 1; index >= 0; index--) {
      const { input, parameters } = (results[index] as LayerResult).backward(dy, index > 0);
      for (const [name, gradient] of parameters) apply(name, gradient, rate);
      tf.dispose([dy, activations[index + 1]]);
      if (input !== undefined) dy = input;
    }
  }

  return {
    load: (state) => {
      const model = toDevice(tensorflow, net, state.model, 'weights');
      const optimizer = toDevice(tensorflow, net, state.optimizer, 'momentum');
      disposeState();
      weights = model;
      velocities = optimizer;
    },
    step: (batch, { step, seed, learningRate }) => {
      tf.tidy(() => {
        const labels = labelsOf(tensorflow, net, batch);
        const count = labels.shape[0];
        const { logits, results, activations } = forward(toInput(batch), (layer) => [
          seed,
          step * LAYER_LIMIT + layer,
        ]);
        const { each, gradient } = softmaxLoss(tensorflow, logits, labels);
        pending.push({ step, count, metrics: tf.keep(metricsOf(tensorflow, logits, labels, each)) });
        backward(results, activations, tf.div(gradient, count), learningRate);
      });
    },
    readMetrics: () => {
      const steps = pending;
      pending = [];
      if (steps.length === 0) return [];
      const values = tf.tidy(() => tf.concat(steps.map(({ metrics }) => metrics)).dataSync<'float32'>());
      tf.dispose(steps.map(({ metrics }) => metrics));
      return steps.map(({ step, count }, index): StepMetrics => {
        const [lossSum, top1, top5] = values.subarray(3 * index) as unknown as [number, number, number];
        return { step, count, loss: lossSum / count, top1, top5 };
      });
    },
    evaluate: (batch: Batch) =>
      tf.tidy(() => {
        const labels = labelsOf(tensorflow, net, batch);
        const logits = test(batch);
        const { each } = softmaxLoss(tensorflow, logits, labels);
        const values = metricsOf(tensorflow, logits, labels, each).dataSync<'float32'>();
        const [lossSum, top1, top5] = values as unknown as [number, number, number];
        return { count: labels.shape[0], lossSum, top1, top5 };
      }),
    predict: (batch) => tf.tidy(() => tf.softmax(test(batch)).dataSync<'float32'>()),
    save: () => ({ model: fromDevice(weights), optimizer: fromDevice(velocities) }),
    tensorCount: () => tf.memory().numTensors,
    dispose: () => {
      disposeState();
      weights = new Map();
      velocities = new Map();
      tf.dispose(pending.map(({ metrics }) => metrics));
      pending = [];
      toInput.dispose();
    },
  };
}
