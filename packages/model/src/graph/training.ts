import {
  Graph,
  gradients,
  identity,
  multiply,
  placeholder,
  scalar,
  softmax,
} from '@alexnet/tensorflow/graph';
import type { Value } from '@alexnet/tensorflow/graph';
import type { Net } from '../net.ts';
import type { Profile } from '../profile.ts';
import { batchInput, netInput } from './input.ts';
import { classify } from './layers.ts';
import { softmaxLoss } from './loss.ts';
import { addState, TrainedParameter, type UpdateRates } from './parameters.ts';

/** What of a profile an engine depends on. */
export type EngineProfile = Pick<
  Profile,
  'optimizer' | 'frozen' | 'rateFactors' | 'inputMean' | 'inputDivisor' | 'precision' | 'augment'
>;

export interface GraphOptions {
  net: Net;
  profile: EngineProfile;
  /** Mean image of the training set on the scale of 0 … 255, of the net's input shape; used where the profile says so. */
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
 * | `step` | a batch, `seed` int32 [2], `weightRate` and `biasRate` float32 [] | `metrics` |
 * | `evaluate` | a batch | `metrics` |
 * | `classify` | a batch | `metrics`, `places` float32 [n], `probabilities` float32 [n, classes] |
 * | `predict` | a batch without its labels | `probabilities` float32 [n, classes] |
 */
export function trainingGraph({ net, profile, meanImage }: GraphOptions): Graph {
  const graph = new Graph();
  const parameters = net.parameters.map(
    (parameter) => new TrainedParameter(graph, parameter, profile.optimizer),
  );
  addState(graph, parameters);
  const batch = batchInput(graph, net);
  const { pixels, lighting, labels } = batch;
  const input = (scope: string, divisor: number): Value =>
    graph.scope(scope, () =>
      netInput(net, batch, { meanImage: profile.inputMean === 'image' ? meanImage : undefined, divisor }),
    );
  const context = {
    weights: new Map(parameters.map(({ parameter, value }) => [parameter.name, value])),
    precision: profile.precision === 'bf16' ? 'bfloat16' : 'float32',
  } as const;
  const testInput = input('input', profile.inputDivisor);
  const { lightingDivisor } = profile.augment;
  const trainInput =
    lightingDivisor === 1 ? testInput : input('train/input', profile.inputDivisor * lightingDivisor);

  graph.scope('test', () => {
    const logits = classify(net.layers, testInput, context);
    const probabilities = softmax(logits);
    graph.signatures.set('predict', { inputs: { pixels, lighting }, outputs: { probabilities } });
    const { metrics, places } = softmaxLoss(logits, labels);
    const inputs = { pixels, lighting, labels };
    graph.signatures.set('evaluate', { inputs, outputs: { metrics } });
    graph.signatures.set('classify', { inputs, outputs: { metrics, places, probabilities } });
  });

  graph.scope('train', () => {
    const seed = placeholder(graph, 'int32', [2]);
    const weightRate = placeholder(graph, 'float32', []);
    const biasRate = placeholder(graph, 'float32', []);
    const logits = classify(net.layers, trainInput, { ...context, dropoutSeed: seed });
    const loss = softmaxLoss(logits, labels);
    const frozen = new Set<string>(profile.frozen);
    const trained = parameters.filter(({ parameter }) => !frozen.has(parameter.layer));
    const found = gradients(
      logits,
      loss.gradient,
      trained.map(({ value }) => value),
    );
    const updates = trained.map((each, i) =>
      graph.scope(`update/${each.parameter.name}`, () =>
        each.update(
          found[i] as Value,
          scaled({ weights: weightRate, biases: biasRate }, rateOf(profile, each.parameter.layer)),
        ),
      ),
    );
    graph.signatures.set('step', {
      inputs: { pixels, lighting, labels, seed, weightRate, biasRate },
      // Fetching them makes the updates run.
      outputs: { metrics: identity(loss.metrics, updates) },
    });
  });
  return graph;
}

const rateOf = ({ rateFactors }: EngineProfile, layer: string): number =>
  (rateFactors as Readonly<Record<string, number | undefined>>)[layer] ?? 1;

function scaled(rates: UpdateRates, factor: number): UpdateRates {
  if (factor === 1) return rates;
  const by = scalar(rates.weights.operation.graph, factor);
  return { weights: multiply(rates.weights, by), biases: multiply(rates.biases, by) };
}
