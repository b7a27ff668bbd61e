import { Graph, gradients, identity, placeholder, softmax } from '@alexnet/tensorflow/graph';
import type { Value } from '@alexnet/tensorflow/graph';
import type { Net } from '../net.ts';
import type { Profile } from '../profile.ts';
import { batchInput, netInput } from './input.ts';
import { classify } from './layers.ts';
import { softmaxLoss } from './loss.ts';
import { addState, TrainedParameter } from './parameters.ts';

export interface GraphOptions {
  net: Net;
  profile: Pick<Profile, 'optimizer' | 'inputDivisor' | 'precision'>;
  /** Mean image of the training set on the scale of 0 … 255, of the net's input shape. */
  meanImage: Float32Array;
}

/**
 * Training and running a net as one graph. Its signatures, where a batch is as {@link BatchInput} says and metrics are
 * as in {@link Loss}:
 *
 * | name | takes | gives |
 * |---|---|---|
 * | `set` | `model/NAME`, `optimizer/NAME`: float32 of each parameter's shape | `done` |
 * | `get` | | `model/NAME`, `optimizer/NAME` |
 * | `step` | a batch, `seed` int32 [2], `learningRate` float32 [] | `metrics` |
 * | `evaluate` | a batch | `metrics` |
 * | `predict` | a batch without its labels | `probabilities` float32 [n, classes] |
 */
export function trainingGraph({ net, profile, meanImage }: GraphOptions): Graph {
  const graph = new Graph();
  const parameters = net.parameters.map((parameter) => new TrainedParameter(graph, parameter));
  addState(graph, parameters);
  const batch = batchInput(graph, net);
  const { pixels, lighting, labels } = batch;
  const input = graph.scope('input', () =>
    netInput(net, batch, { meanImage, divisor: profile.inputDivisor }),
  );
  const context = {
    weights: new Map(parameters.map(({ name, value }) => [name, value])),
    precision: profile.precision === 'bf16' ? 'bfloat16' : 'float32',
  } as const;

  graph.scope('test', () => {
    const logits = classify(net.layers, input, context);
    graph.signatures.set('predict', {
      inputs: { pixels, lighting },
      outputs: { probabilities: softmax(logits) },
    });
    const { metrics } = softmaxLoss(logits, labels);
    graph.signatures.set('evaluate', { inputs: { pixels, lighting, labels }, outputs: { metrics } });
  });

  graph.scope('train', () => {
    const seed = placeholder(graph, 'int32', [2]);
    const learningRate = placeholder(graph, 'float32', []);
    const logits = classify(net.layers, input, { ...context, dropoutSeed: seed });
    const loss = softmaxLoss(logits, labels);
    const values = parameters.map(({ value }) => value);
    const found = gradients(logits, loss.gradient, values);
    const updates = parameters.map((parameter, i) =>
      graph.scope(`update/${parameter.name}`, () =>
        parameter.update(found[i] as Value, profile.optimizer, learningRate),
      ),
    );
    graph.signatures.set('step', {
      inputs: { pixels, lighting, labels, seed, learningRate },
      // Fetching them makes the updates run.
      outputs: { metrics: identity(loss.metrics, updates) },
    });
  });
  return graph;
}
