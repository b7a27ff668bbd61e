import {
  add,
  applyMomentum,
  assignVariable,
  copy,
  identity,
  multiply,
  placeholder,
  readVariable,
  scalar,
  variable,
} from '@alexnet/tensorflow/graph';
import type { Graph, Operation, Value, Variable } from '@alexnet/tensorflow/graph';
import type { Parameter } from '../net.ts';
import type { Profile } from '../profile.ts';

/** A parameter of the net in the graph: its weight and its momentum, which stay on the device between steps. */
export class TrainedParameter {
  readonly name: string;
  readonly weight: Variable;
  readonly velocity: Variable;
  /** The weight before the update. */
  readonly value: Value;

  readonly #isBias: boolean;

  constructor(graph: Graph, { name, shape, kind }: Parameter) {
    this.name = name;
    this.#isBias = kind === 'bias';
    const made = (part: string): Variable =>
      graph.scope(`${part}/${name}`, () => variable(graph, `${part}/${name}`, shape));
    this.weight = made('model');
    this.velocity = made('optimizer');
    this.value = graph.scope(`model/${name}`, () => readVariable(this.weight));
  }

  /**
   * The paper's update rule (§5): v ← m·v - d·ε·w - ε·g; w ← w + v. The rate ε is inside v, so a change of ε acts at
   * once on new gradients and not on the momentum that is there. Biases have a rate, and may have no decay, of their own.
   */
  update(gradient: Value, optimizer: Profile['optimizer'], learningRate: Value): Operation {
    const { graph } = gradient.operation;
    const { bias } = optimizer;
    const weightDecay = this.#isBias && !bias.decay ? 0 : optimizer.weightDecay;
    const rate =
      this.#isBias && bias.rate !== 1 ? multiply(learningRate, scalar(graph, bias.rate)) : learningRate;
    const decayed =
      weightDecay === 0 ? gradient : add(gradient, multiply(this.value, scalar(graph, weightDecay)));
    // All that uses the weight comes before: while it is in use, an update would have to copy it.
    const users = graph.operations.filter(({ inputs }) => inputs.includes(this.value));
    return applyMomentum(
      this,
      { rate, gradient: decayed, momentum: scalar(graph, optimizer.momentum) },
      users,
    );
  }
}

/** The signatures `set` and `get`: every weight and momentum in and out. */
export function addState(graph: Graph, parameters: readonly TrainedParameter[]): void {
  const variables = parameters.flatMap(({ weight, velocity }) => [weight, velocity]);
  graph.scope('set', () => {
    const fed = variables.map((each) => ({ each, value: placeholder(graph, 'float32', each.shape) }));
    // Copied: what is fed is memory that the caller may use for something else.
    const assigned = fed.map(({ each, value }) => assignVariable(each, copy(value)));
    graph.signatures.set('set', {
      inputs: Object.fromEntries(fed.map(({ each, value }) => [each.name, value])),
      outputs: { done: identity(scalar(graph, 1), assigned) },
    });
  });
  graph.scope('get', () => {
    const outputs = Object.fromEntries(variables.map((each) => [each.name, readVariable(each)]));
    graph.signatures.set('get', { inputs: {}, outputs });
  });
}
