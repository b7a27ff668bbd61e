import type { DataType, Graph, GraphShape, Operation, Value } from './graph.ts';
import { describe, formatShape, GraphShapeError, sameShape } from './shapes.ts';

/** What is fed when the graph runs. */
export function placeholder(graph: Graph, dtype: DataType, shape: GraphShape): Value {
  return graph.value({
    type: 'Placeholder',
    attributes: { dtype: { type: dtype }, shape: { shape } },
    dtype,
    shape,
  });
}

/** @throws GraphShapeError when the shape does not have as many values as there are numbers */
export function constant(graph: Graph, data: Float32Array | Int32Array, shape: readonly number[]): Value {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length)
    throw new GraphShapeError(
      graph,
      'Const',
      `${formatShape(shape)} has ${count} values, not ${data.length}`,
    );
  const dtype = data instanceof Float32Array ? 'float32' : 'int32';
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const attributes = { dtype: { type: dtype }, value: { tensor: { dtype, shape, bytes } } } as const;
  return graph.value({ type: 'Const', attributes, dtype, shape });
}

export const scalar = (graph: Graph, value: number): Value => constant(graph, Float32Array.of(value), []);
export const integers = (graph: Graph, ...values: number[]): Value =>
  constant(graph, Int32Array.from(values), [values.length]);

/** float32 state that stays on the device between runs. Whoever runs the graph first gives it its value. */
export interface Variable {
  readonly name: string;
  readonly handle: Value;
  readonly shape: readonly number[];
}

const FLOAT = { type: 'float32' } as const;

export function variable(graph: Graph, name: string, shape: readonly number[]): Variable {
  const handle = graph.value({
    type: 'VarHandleOp',
    attributes: { dtype: FLOAT, shape: { shape }, shared_name: { string: name }, container: { string: '' } },
    dtype: 'resource',
    shape: [],
  });
  return { name, handle, shape };
}

/**
 * The value of a variable, at some moment after `after` has run. It is not a copy: an update that does not wait for
 * all that uses it finds the memory taken, and copies the whole variable.
 */
export function readVariable({ handle, shape }: Variable, after: readonly Operation[] = []): Value {
  const { graph } = handle.operation;
  const attributes = { dtype: FLOAT };
  return graph.value({
    type: 'ReadVariableOp',
    inputs: [handle],
    attributes,
    after,
    dtype: 'float32',
    shape,
  });
}

/** @throws GraphShapeError for a value of another type or shape */
export function assignVariable({ handle, shape, name }: Variable, value: Value): Operation {
  const { graph } = handle.operation;
  if (value.dtype !== 'float32' || !sameShape(value.shape, shape)) {
    const wanted = `float32 ${formatShape(shape)}`;
    throw new GraphShapeError(
      graph,
      'AssignVariableOp',
      `${name} is ${wanted}, the value ${describe(value)}`,
    );
  }
  return graph.add({
    type: 'AssignVariableOp',
    inputs: [handle, value],
    attributes: { dtype: FLOAT, validate_shape: { bool: false } },
    outputs: [],
  });
}

/** `velocity` ← `momentum`·`velocity` - `rate`·`gradient`; then `weight` ← `weight` + `velocity`. */
export function applyMomentum(
  { weight, velocity }: { weight: Variable; velocity: Variable },
  { rate, gradient, momentum }: { rate: Value; gradient: Value; momentum: Value },
  after: readonly Operation[] = [],
): Operation {
  return weight.handle.operation.graph.add({
    type: 'ResourceApplyKerasMomentum',
    inputs: [weight.handle, velocity.handle, rate, gradient, momentum],
    attributes: { T: FLOAT, use_locking: { bool: false }, use_nesterov: { bool: false } },
    after,
    outputs: [],
  });
}

/**
 * The rule of Adam (Kingma and Ba, ICLR 2015, algorithm 1): `first` ← β₁·`first` + (1 - β₁)·g;
 * `second` ← β₂·`second` + (1 - β₂)·g²; `weight` ← `weight` - `rate`·`first` / (√`second` + ε).
 * The correction for moments that begin at zero is the caller's: it belongs into the rate (end of section 2).
 */
export function applyAdam(
  { weight, first, second }: { weight: Variable; first: Variable; second: Variable },
  settings: { rate: Value; gradient: Value; beta1: Value; beta2: Value; epsilon: Value },
  after: readonly Operation[] = [],
): Operation {
  const { graph } = weight.handle.operation;
  const { rate, gradient, beta1, beta2, epsilon } = settings;
  // What the operation would correct the rate by: powers of β₁ and β₂, none.
  const none = scalar(graph, 0);
  return graph.add({
    type: 'ResourceApplyAdam',
    inputs: [
      ...[weight.handle, first.handle, second.handle, none, none],
      ...[rate, beta1, beta2, epsilon, gradient],
    ],
    attributes: { T: FLOAT, use_locking: { bool: false }, use_nesterov: { bool: false } },
    after,
    outputs: [],
  });
}
