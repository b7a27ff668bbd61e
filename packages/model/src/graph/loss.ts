import {
  cast,
  divide,
  greaterEqual,
  lessEqual,
  logicalAnd,
  multiply,
  oneHot,
  reshape,
  scalar,
  shapeOf,
  softmaxCrossEntropy,
  stack,
  sum,
} from '@alexnet/tensorflow/graph';
import type { Value } from '@alexnet/tensorflow/graph';

export interface Loss {
  /** float32 [3]: the sum of the losses, samples right in the first 1, in the first 5; see StepMetrics for ties. */
  metrics: Value;
  /** float32 [n]: classes whose logit is at least that of the label, the label included. */
  places: Value;
  /** Of the mean loss by the logits: float32 [n, classes]. */
  gradient: Value;
}

/** Softmax cross-entropy of logits float32 [n, classes] against labels int32 [n]. */
export function softmaxLoss(logits: Value, labels: Value): Loss {
  const { graph } = logits.operation;
  const { losses, gradient } = softmaxCrossEntropy(logits, labels);
  const ofLabel = sum(multiply(logits, oneHot(labels, logits.shape[1] as number)), [1], true);
  // Classes that are at least as likely, the right one included. NaN is never greater or equal: none are.
  const places = sum(cast(greaterEqual(logits, ofLabel), 'float32'), [1]);
  const within = (k: number): Value => {
    const right = logicalAnd(greaterEqual(places, scalar(graph, 1)), lessEqual(places, scalar(graph, k)));
    return sum(cast(right, 'float32'), [0]);
  };
  const count = cast(reshape(shapeOf(labels), []), 'float32');
  return {
    metrics: stack([sum(losses, [0]), within(1), within(5)]),
    places,
    gradient: divide(gradient, count),
  };
}
