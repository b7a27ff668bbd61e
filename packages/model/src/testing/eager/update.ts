import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import type { Optimizer } from '../../optimizer.ts';

/** A parameter before or after an update. */
export interface Updated {
  weight: Tensor;
  /** What the optimizer keeps, in the order of its slots. */
  slots: readonly Tensor[];
}

/** One update of a parameter, written out. Returns new tensors; the old ones are not disposed of. */
export function update(
  { tf }: Tensorflow,
  optimizer: Optimizer,
  { weight, slots, gradient, isBias, rate }: Updated & { gradient: Tensor; isBias: boolean; rate: number },
): Updated {
  if (optimizer.kind === 'sgd') {
    const { momentum, weightDecay, bias } = optimizer;
    const decay = isBias && !bias.decay ? 0 : weightDecay;
    const [velocity] = slots as [Tensor];
    // v ← m·v - d·ε·w - ε·g; w ← w + v
    const next = tf.tidy(() => {
      const decayed = tf.sub(tf.mul(velocity, momentum), tf.mul(weight, decay * rate));
      return tf.sub(decayed, tf.mul(gradient, rate));
    });
    return { weight: tf.add(weight, next), slots: [next] };
  }
  const { beta1, beta2, epsilon } = optimizer;
  const [m, v] = slots as [Tensor, Tensor];
  const first = tf.tidy(() => tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
  const second = tf.tidy(() => tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
  const next = tf.tidy(() => tf.sub(weight, tf.div(tf.mul(first, rate), tf.add(tf.sqrt(second), epsilon))));
  return { weight: next, slots: [first, second] };
}
