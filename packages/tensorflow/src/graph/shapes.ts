import type { Graph, GraphShape, Value } from './graph.ts';

/** Shapes or types that do not go together. Its message begins with where in the graph: the layer and the operation. */
export class GraphShapeError extends RangeError {
  constructor(graph: Graph, type: string, problem: string) {
    super(`${graph.place(type)}: ${problem}`);
  }
}

export const formatShape = (shape: GraphShape): string => `[${shape.map((size) => size ?? '?').join(', ')}]`;

/** `float32 [?, 27, 27, 96]`. */
export const describe = ({ dtype, shape }: Value): string => `${dtype} ${formatShape(shape)}`;

/** Whether two sizes can be the same. */
export const fits = (a: number | null | undefined, b: number | null | undefined): boolean =>
  a !== undefined && b !== undefined && (a === null || b === null || a === b);

export const sameShape = (a: GraphShape, b: GraphShape): boolean =>
  a.length === b.length && a.every((size, axis) => fits(size, b[axis]));

/** Number of values, or null where a dimension is not known yet. */
export const countOf = (shape: GraphShape): number | null =>
  shape.reduce<number | null>((count, size) => (count === null || size === null ? null : count * size), 1);

/** The shape of an element by element operation on two values (NumPy's rules), or undefined where there is none. */
export function broadcastShape(a: GraphShape, b: GraphShape): GraphShape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: (number | null)[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [left, right] = [a, b].map((from) => {
      const index = axis - rank + from.length;
      return index < 0 ? 1 : (from[index] as number | null);
    }) as [number | null, number | null];
    if (left === 1) shape.push(right);
    else if (right === 1) shape.push(left);
    else if (fits(left, right)) shape.push(left ?? right);
    else return undefined;
  }
  return shape;
}

/** Positions of a window along a dimension. */
export function windowCount(
  size: number | null,
  window: number,
  stride: number,
  padding: 'valid' | 'same',
): number | null {
  if (size === null) return null;
  return padding === 'same' ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;
}
