import type { Attribute, DataType, Graph, GraphShape, Operation, Value } from './graph.ts';
import {
  broadcastShape,
  countOf,
  describe,
  fits,
  formatShape,
  GraphShapeError,
  sameShape,
} from './shapes.ts';
import { integers } from './sources.ts';

export const graphOf = (value: Value): Graph => value.operation.graph;

/** @throws GraphShapeError unless all are of one type */
export function requireType(type: string, first: Value, ...others: Value[]): void {
  const other = others.find(({ dtype }) => dtype !== first.dtype);
  if (other === undefined) return;
  throw new GraphShapeError(
    graphOf(first),
    type,
    `one type is needed, not ${describe(first)} and ${describe(other)}`,
  );
}

/** An operation on one value that gives one of the same type and shape. */
export function elementwise(type: string, x: Value): Value {
  return graphOf(x).value({
    type,
    inputs: [x],
    attributes: { T: { type: x.dtype } },
    dtype: x.dtype,
    shape: x.shape,
  });
}

/** An operation on two values, element by element, with broadcasting. @throws GraphShapeError */
function binary(type: string, a: Value, b: Value, dtype: DataType = a.dtype): Value {
  requireType(type, a, b);
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === undefined)
    throw new GraphShapeError(graphOf(a), type, `${describe(a)} and ${describe(b)} do not go together`);
  return graphOf(a).value({ type, inputs: [a, b], attributes: { T: { type: a.dtype } }, dtype, shape });
}

export const add = (a: Value, b: Value): Value => binary('AddV2', a, b);
export const subtract = (a: Value, b: Value): Value => binary('Sub', a, b);
/** Element by element. */
export const multiply = (a: Value, b: Value): Value => binary('Mul', a, b);
export const divide = (a: Value, b: Value): Value => binary('RealDiv', a, b);
/** a^b, element by element. */
export const power = (a: Value, b: Value): Value => binary('Pow', a, b);
export const greaterEqual = (a: Value, b: Value): Value => binary('GreaterEqual', a, b, 'bool');
export const lessEqual = (a: Value, b: Value): Value => binary('LessEqual', a, b, 'bool');

export function logicalAnd(a: Value, b: Value): Value {
  requireType('LogicalAnd', a, b);
  return graphOf(a).value({ type: 'LogicalAnd', inputs: [a, b], dtype: 'bool', shape: a.shape });
}

export const square = (x: Value): Value => elementwise('Square', x);
export const squareRoot = (x: Value): Value => elementwise('Sqrt', x);
/** x^-½. */
export const reciprocalSquareRoot = (x: Value): Value => elementwise('Rsqrt', x);
/** Of the last dimension. */
export const softmax = (x: Value): Value => elementwise('Softmax', x);

/** The same value, once `after` has run. */
export function identity(x: Value, after: readonly Operation[] = []): Value {
  const attributes = { T: { type: x.dtype } };
  return graphOf(x).value({
    type: 'Identity',
    inputs: [x],
    attributes,
    after,
    dtype: x.dtype,
    shape: x.shape,
  });
}

/** A copy in memory of its own. */
export const copy = (x: Value): Value => elementwise('DeepCopy', x);

export function cast(x: Value, dtype: DataType): Value {
  if (x.dtype === dtype) return x;
  const attributes = { SrcT: { type: x.dtype }, DstT: { type: dtype }, Truncate: { bool: false } };
  return graphOf(x).value({ type: 'Cast', inputs: [x], attributes, dtype, shape: x.shape });
}

/** int32 [n] as the 4n bytes that it lies in memory as: uint8 [n, 4]. */
export function bytesOf(x: Value): Value {
  const attributes = { T: { type: x.dtype }, type: { type: 'uint8' } } as const;
  return graphOf(x).value({
    type: 'Bitcast',
    inputs: [x],
    attributes,
    dtype: 'uint8',
    shape: [...x.shape, 4],
  });
}

/** The sizes of a value's dimensions when the graph runs: int32 [rank]. */
export function shapeOf(x: Value): Value {
  const attributes = { T: { type: x.dtype }, out_type: { type: 'int32' } } as const;
  return graphOf(x).value({
    type: 'Shape',
    inputs: [x],
    attributes,
    dtype: 'int32',
    shape: [x.shape.length],
  });
}

/** @param sizes at most one of which is null: that one is worked out. @throws GraphShapeError */
export function reshape(x: Value, sizes: GraphShape): Value {
  const [before, after] = [countOf(x.shape), countOf(sizes)];
  if (sizes.filter((size) => size === null).length > 1 || !fits(before, after))
    throw new GraphShapeError(graphOf(x), 'Reshape', `${describe(x)} does not become ${formatShape(sizes)}`);
  return reshapeTo(x, integers(graphOf(x), ...sizes.map((size) => size ?? -1)), sizes);
}

/** With sizes that are themselves a value. */
export function reshapeTo(x: Value, sizes: Value, shape: GraphShape): Value {
  const attributes = { T: { type: x.dtype }, Tshape: { type: 'int32' } } as const;
  return graphOf(x).value({ type: 'Reshape', inputs: [x, sizes], attributes, dtype: x.dtype, shape });
}

/** Repeats a value along its dimensions. */
export function tile(x: Value, times: readonly number[]): Value {
  if (times.length !== x.shape.length)
    throw new GraphShapeError(graphOf(x), 'Tile', `${describe(x)} is not repeated by ${formatShape(times)}`);
  const shape = x.shape.map((size, axis) => (size === null ? null : size * (times[axis] as number)));
  const attributes = { T: { type: x.dtype }, Tmultiples: { type: 'int32' } } as const;
  const inputs = [x, integers(graphOf(x), ...times)];
  return graphOf(x).value({ type: 'Tile', inputs, attributes, dtype: x.dtype, shape });
}

/** The first `length` values (a scalar value itself) of a value of one dimension. */
export function first(x: Value, length: Value, size: number | null): Value {
  const attributes = { T: { type: x.dtype }, Index: { type: 'int32' } } as const;
  const inputs = [x, integers(graphOf(x), 0), reshape(length, [1])];
  return graphOf(x).value({ type: 'Slice', inputs, attributes, dtype: x.dtype, shape: [size] });
}

/** Sum over the dimensions given, which are gone from the result unless they are kept with size 1. */
export function sum(x: Value, axes: readonly number[], keep = false): Value {
  const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
  const attributes = { T: { type: x.dtype }, Tidx: { type: 'int32' }, keep_dims: { bool: keep } } as const;
  const inputs = [x, integers(graphOf(x), ...axes)];
  return graphOf(x).value({ type: 'Sum', inputs, attributes, dtype: x.dtype, shape });
}

/** The sum of values of one shape. */
export const addAll = ([head, ...rest]: readonly [Value, ...Value[]]): Value => rest.reduce(add, head);

/** Values of one shape as one, along a new first dimension. */
export function stack(values: readonly [Value, ...Value[]]): Value {
  const [head] = values;
  requireType('Pack', ...values);
  const other = values.find(({ shape }) => !sameShape(shape, head.shape));
  if (other !== undefined)
    throw new GraphShapeError(graphOf(head), 'Pack', `${describe(head)} and ${describe(other)} differ`);
  const attributes: Record<string, Attribute> = {
    T: { type: head.dtype },
    N: { int: values.length },
    axis: { int: 0 },
  };
  const shape = [values.length, ...head.shape];
  return graphOf(head).value({ type: 'Pack', inputs: values, attributes, dtype: head.dtype, shape });
}

/** Rows and columns of x [m, n] exchanged. */
export function transpose(x: Value): Value {
  const [rows, columns] = x.shape as readonly [number | null, number | null];
  const attributes = { T: { type: x.dtype }, Tperm: { type: 'int32' } } as const;
  const inputs = [x, integers(graphOf(x), 1, 0)];
  return graphOf(x).value({
    type: 'Transpose',
    inputs,
    attributes,
    dtype: x.dtype,
    shape: [columns, rows],
  });
}

/** a·b of [m, k] and [k, n], either of them transposed first where asked. @throws GraphShapeError */
export function matMul(a: Value, b: Value, transpose: { a?: boolean; b?: boolean } = {}): Value {
  requireType('MatMul', a, b);
  const oriented = (shape: GraphShape, turned = false): GraphShape => (turned ? [...shape].reverse() : shape);
  const [left, right] = [oriented(a.shape, transpose.a), oriented(b.shape, transpose.b)];
  if (left.length !== 2 || right.length !== 2 || !fits(left[1], right[0]))
    throw new GraphShapeError(
      graphOf(a),
      'MatMul',
      `${formatShape(left)} and ${formatShape(right)} have no product`,
    );
  const attributes = {
    T: { type: a.dtype },
    transpose_a: { bool: transpose.a ?? false },
    transpose_b: { bool: transpose.b ?? false },
  };
  const shape = [left[0] as number | null, right[1] as number | null];
  return graphOf(a).value({ type: 'MatMul', inputs: [a, b], attributes, dtype: a.dtype, shape });
}
