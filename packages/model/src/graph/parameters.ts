import {
  assignVariable,
  copy,
  identity,
  placeholder,
  readVariable,
  scalar,
  variable,
} from '@alexnet/tensorflow/graph';
import type { Graph, Operation, Value, Variable } from '@alexnet/tensorflow/graph';
import type { Parameter } from '../net.ts';
import { slotNames } from '../optimizer.ts';
import type { Optimizer } from '../optimizer.ts';
import { applyUpdate } from './optimizer.ts';

/** Learning rates of one step: float32 []. */
export interface UpdateRates {
  weights: Value;
  biases: Value;
}

/** A parameter of the net in the graph: its weight and what the optimizer keeps of it stay on the device between steps. */
export class TrainedParameter {
  readonly parameter: Parameter;
  readonly weight: Variable;
  readonly slots: readonly Variable[];
  /** The weight before the update. */
  readonly value: Value;

  readonly #optimizer: Optimizer;

  constructor(graph: Graph, parameter: Parameter, optimizer: Optimizer) {
    this.parameter = parameter;
    this.#optimizer = optimizer;
    const { name, shape } = parameter;
    const made = (full: string): Variable => graph.scope(full, () => variable(graph, full, shape));
    this.weight = made(`model/${name}`);
    this.slots = slotNames(optimizer, name).map((slot) => made(`optimizer/${slot}`));
    this.value = graph.scope(`model/${name}`, () => readVariable(this.weight));
  }

  /** One update by the gradient of the loss. */
  update(gradient: Value, rates: UpdateRates): Operation {
    const { weight, slots, value } = this;
    const { kind } = this.parameter;
    const rate = kind === 'bias' ? rates.biases : rates.weights;
    // All that uses the weight comes before: while it is in use, an update would have to copy it.
    const after = gradient.operation.graph.operations.filter((each) => each.inputs.includes(value));
    return applyUpdate(this.#optimizer, { kind, weight, slots, value, gradient, rate, after });
  }
}

/** The signatures `set` and `get`: every weight and all that the optimizer keeps, in and out. */
export function addState(graph: Graph, parameters: readonly TrainedParameter[]): void {
  const variables = parameters.flatMap(({ weight, slots }) => [weight, ...slots]);
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
