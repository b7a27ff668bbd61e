import type { Tensor, Tensorflow } from '@alexnet/tensorflow';

/**
 * The paper's update rule (§5): v ← m·v - d·ε·w - ε·g; w ← w + v. The rate ε is inside v, so a change of ε acts at
 * once on new gradients and not on the momentum that is there. Returns new tensors; the old ones are not disposed of.
 */
export function update(
  tensorflow: Tensorflow,
  { weight, velocity, gradient }: { weight: Tensor; velocity: Tensor; gradient: Tensor },
  { momentum, weightDecay, learningRate }: { momentum: number; weightDecay: number; learningRate: number },
): { weight: Tensor; velocity: Tensor } {
  const { tf } = tensorflow;
  const next = tf.tidy(() => {
    const kept = tf.mul(velocity, momentum);
    const decayed = tf.sub(kept, tf.mul(weight, weightDecay * learningRate));
    return tf.sub(decayed, tf.mul(gradient, learningRate));
  });
  return { weight: tf.add(weight, next), velocity: next };
}
