import { rawOperations } from '@alexnet/tensorflow/testing';
import type { Tensor, Tensorflow } from '@alexnet/tensorflow';

export interface Loss {
  /** Cross-entropy of each sample, [n]. */
  each: Tensor;
  /** Gradient of their sum by the logits, [n, classes]. */
  gradient: Tensor;
}

/** Softmax cross-entropy of logits [n, classes] against labels int32 [n]. */
export function softmaxLoss(tensorflow: Tensorflow, logits: Tensor, labels: Tensor): Loss {
  const [each, gradient] = rawOperations(
    tensorflow,
    'SparseSoftmaxCrossEntropyWithLogits',
    [logits, labels],
    { types: { T: 'float32', Tlabels: 'int32' } },
    2,
  ) as [Tensor, Tensor];
  return { each, gradient };
}

/** [sum of the losses, samples right in the first 1, in the first 5] as one tensor of 3; see StepMetrics for ties. */
export function metricsOf(tensorflow: Tensorflow, logits: Tensor, labels: Tensor, each: Tensor): Tensor {
  const { tf } = tensorflow;
  return tf.tidy(() => {
    const classes = logits.shape[1] ?? 0;
    const ofLabel = tf.sum(tf.mul(logits, tf.oneHot(labels.as1D().toInt(), classes)), 1, true);
    // Classes that are at least as likely, the right one included. NaN is never greater or equal: none are.
    const place = tf.sum(tf.cast(tf.greaterEqual(logits, ofLabel), 'int32'), 1);
    const within = (k: number): Tensor =>
      tf.sum(tf.cast(tf.logicalAnd(tf.greaterEqual(place, 1), tf.lessEqual(place, k)), 'float32'));
    return tf.stack([tf.sum(each), within(1), within(5)]);
  });
}
