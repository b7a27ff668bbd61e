import { add, applyAdam, applyMomentum, multiply, scalar } from '@alexnet/tensorflow/graph';
import type { Operation, Value, Variable } from '@alexnet/tensorflow/graph';
import type { Optimizer } from '../optimizer.ts';

/** One update of one parameter. */
export interface Update {
  kind: 'kernel' | 'bias';
  weight: Variable;
  /** What the optimizer keeps of it, in the order of its slots. */
  slots: readonly Variable[];
  /** The weight before the update. */
  value: Value;
  gradient: Value;
  /** float32 []: as `stepRates` says. */
  rate: Value;
  /** What must have run before: all that uses the weight. */
  after: readonly Operation[];
}

export function applyUpdate(optimizer: Optimizer, update: Update): Operation {
  return optimizer.kind === 'sgd' ? descend(optimizer, update) : adapt(optimizer, update);
}

/**
 * The paper's update rule (§5): v ← m·v - d·ε·w - ε·g; w ← w + v. The rate ε is inside v, so a change of ε acts at
 * once on new gradients and not on the momentum that is there.
 */
function descend(
  { momentum, weightDecay, bias }: Extract<Optimizer, { kind: 'sgd' }>,
  { kind, weight, slots, value, gradient, rate, after }: Update,
): Operation {
  const { graph } = gradient.operation;
  const decay = kind === 'bias' && !bias.decay ? 0 : weightDecay;
  const decayed = decay === 0 ? gradient : add(gradient, multiply(value, scalar(graph, decay)));
  const [velocity] = slots as [Variable];
  return applyMomentum(
    { weight, velocity },
    { rate, gradient: decayed, momentum: scalar(graph, momentum) },
    after,
  );
}

function adapt(
  settings: Extract<Optimizer, { kind: 'adam' }>,
  { weight, slots, gradient, rate, after }: Update,
): Operation {
  const { graph } = gradient.operation;
  const [first, second] = slots as [Variable, Variable];
  const [beta1, beta2] = [scalar(graph, settings.beta1), scalar(graph, settings.beta2)];
  const epsilon = scalar(graph, settings.epsilon);
  return applyAdam({ weight, first, second }, { rate, gradient, beta1, beta2, epsilon }, after);
}
