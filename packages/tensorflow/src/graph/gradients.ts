import type { Attribute, Operation, Value } from './graph.ts';
import {
  biasGradient,
  convolveInputGradient,
  convolveKernelGradient,
  maxPoolGradient,
  reluGradient,
  tanhGradient,
  type Convolution,
} from './layers.ts';
import { addAll, cast, graphOf, matMul, multiply, reshapeTo, shapeOf, transpose } from './math.ts';
import { describe, GraphShapeError, sameShape } from './shapes.ts';

/** Makes the gradients of an operation's inputs from that of its output. Each is made only where it is asked for. */
type Rule = (operation: Operation, dy: Value) => readonly (() => Value)[];

/** One rule for each type of operation that a gradient can go through. */
const RULES: Readonly<Record<string, Rule>> = {
  Conv2D: ({ inputs, attributes }, dy) => {
    const [x, kernel] = inputs as [Value, Value];
    const options = convolutionOf(attributes);
    return [
      () => convolveInputGradient(x, kernel, dy, options),
      () => convolveKernelGradient(x, kernel, dy, options),
    ];
  },
  BiasAdd: (_, dy) => [() => dy, () => biasGradient(dy)],
  Relu: ({ outputs }, dy) => [() => reluGradient(outputs[0] as Value, dy)],
  Tanh: ({ outputs }, dy) => [() => tanhGradient(outputs[0] as Value, dy)],
  MaxPool: ({ inputs, outputs, attributes }, dy) => {
    const [size, stride] = [spatial(attributes, 'ksize'), spatial(attributes, 'strides')];
    return [() => maxPoolGradient(inputs[0] as Value, outputs[0] as Value, dy, { size, stride })];
  },
  MatMul: ({ inputs, attributes }, dy) => {
    const [a, b] = inputs as [Value, Value];
    const [turnedA, turnedB] = [flag(attributes, 'transpose_a'), flag(attributes, 'transpose_b')];
    return [
      () => {
        if (turnedA) return matMul(b, dy, { a: turnedB, b: true });
        // dy·bᵀ as (b·dyᵀ)ᵀ: on CPU a third faster where b, a layer's weights, is much the largest.
        if (!turnedB && dy.dtype === 'float32') return transpose(matMul(b, dy, { b: true }));
        return matMul(dy, b, { b: !turnedB });
      },
      () => (turnedB ? matMul(dy, a, { a: true, b: turnedA }) : matMul(a, dy, { a: !turnedA })),
    ];
  },
  Mul: ({ graph, inputs }, dy) => {
    const [a, b] = inputs as [Value, Value];
    if (!sameShape(a.shape, b.shape))
      throw new GraphShapeError(graph, 'Mul', `no gradient of ${describe(a)} times ${describe(b)}`);
    return [() => multiply(dy, b), () => multiply(dy, a)];
  },
  Reshape: ({ inputs }, dy) => {
    const [x] = inputs as [Value];
    return [() => reshapeTo(dy, shapeOf(x), x.shape)];
  },
  Cast: ({ inputs }, dy) => [() => cast(dy, (inputs[0] as Value).dtype)],
};

/**
 * The gradients of Σ dy·y by each of `by`, in their order: reverse-mode differentiation, the operations from the last
 * to the first. What leads to `y` without depending on `by` is a constant.
 * @throws RangeError for an operation on the way that has no rule, and for a value that `y` does not depend on
 */
export function gradients(y: Value, dy: Value, by: readonly Value[]): Value[] {
  const graph = graphOf(y);
  const depends = dependents(by);
  const parts = new Map<Value, Value[]>([[y, [dy]]]);
  const gradientOf = (value: Value): Value | undefined => {
    const found = parts.get(value);
    return found === undefined ? undefined : addAll(found as [Value, ...Value[]]);
  };
  // Operations come after those whose values they take, so backwards each gradient is whole when its turn comes.
  for (const operation of [...graph.operations].reverse()) {
    const [output] = operation.outputs;
    if (output === undefined || by.includes(output) || !depends.has(output)) continue;
    const outputGradient = gradientOf(output);
    if (outputGradient === undefined) continue;
    const { inputs, makers } = ruleOf(operation, output, outputGradient);
    for (const [at, input] of inputs.entries()) {
      const make = makers[at];
      if (make === undefined || !depends.has(input)) continue;
      const made = graph.scope(`gradients/${operation.name.split('/').slice(0, -1).join('/')}`, make);
      parts.set(input, [...(parts.get(input) ?? []), made]);
    }
  }
  return by.map((value) => {
    const gradient = gradientOf(value);
    if (gradient === undefined)
      throw new RangeError(`${y.operation.name} does not depend on ${value.operation.name}`);
    return gradient;
  });
}

/** Everything that depends on one of the values, and these themselves. */
function dependents(values: readonly Value[]): ReadonlySet<Value> {
  const found = new Set(values);
  const [first] = values;
  if (first === undefined) return found;
  for (const { type, inputs, outputs } of graphOf(first).operations) {
    // Sizes do not change with the values.
    if (type !== 'Shape' && inputs.some((input) => found.has(input)))
      for (const output of outputs) found.add(output);
  }
  return found;
}

function ruleOf(
  operation: Operation,
  output: Value,
  dy: Value,
): { inputs: readonly Value[]; makers: readonly (() => Value)[] } {
  const composed = operation.graph.composed.get(output);
  if (composed !== undefined) return { inputs: [composed.input], makers: [() => composed.gradient(dy)] };
  const rule = RULES[operation.type];
  if (rule === undefined) throw new RangeError(`${operation.name}: ${operation.type} has no gradient`);
  return { inputs: operation.inputs, makers: rule(operation, dy) };
}

function flag(attributes: Operation['attributes'], name: string): boolean {
  const attribute = attributes[name] as Extract<Attribute, { bool: boolean }>;
  return attribute.bool;
}

/** The second of four numbers: that of the height, which is also that of the width. */
function spatial(attributes: Operation['attributes'], name: string): number {
  const attribute = attributes[name] as Extract<Attribute, { ints: readonly number[] }>;
  return attribute.ints[1] as number;
}

function convolutionOf(attributes: Operation['attributes']): Convolution {
  const { string } = attributes['padding'] as Extract<Attribute, { string: string }>;
  return { stride: spatial(attributes, 'strides'), padding: string === 'SAME' ? 'same' : 'valid' };
}
