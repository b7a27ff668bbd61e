/**
 * A TensorFlow graph in the making: operations and the values between them, with types and shapes known as it is built.
 */
export type DataType = 'float32' | 'bfloat16' | 'int32' | 'uint8' | 'bool' | 'resource';

/** Sizes of the dimensions; null is one that is known only when the graph runs, such as that of the batch. */
export type GraphShape = readonly (number | null)[];

/** What an operation gives. */
export interface Value {
  readonly operation: Operation;
  /** Among the outputs of its operation. */
  readonly index: number;
  readonly dtype: DataType;
  readonly shape: GraphShape;
}

/** One attribute of an operation, by the kind that TensorFlow stores it as. */
export type Attribute =
  | { type: DataType }
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { bool: boolean }
  | { string: string }
  | { shape: GraphShape }
  | { tensor: { dtype: 'float32' | 'int32'; shape: readonly number[]; bytes: Uint8Array } };

export interface Operation {
  readonly graph: Graph;
  /** Unique within the graph, e.g. `conv1/Conv2D`. */
  readonly name: string;
  /** TensorFlow's name, e.g. `Conv2D`. */
  readonly type: string;
  readonly inputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Operations that must have run before. */
  readonly after: readonly Operation[];
  readonly outputs: readonly Value[];
}

export interface OperationRequest {
  type: string;
  inputs?: readonly Value[];
  attributes?: Readonly<Record<string, Attribute>>;
  after?: readonly Operation[];
  outputs: readonly Pick<Value, 'dtype' | 'shape'>[];
}

/** What can be asked of a graph when it runs: values are fed under names, and values are fetched under names. */
export interface Signature {
  inputs: Readonly<Record<string, Value>>;
  outputs: Readonly<Record<string, Value>>;
}

/** The gradient of a value's input from its own, in place of those of the operations that it is composed of. */
export interface ComposedGradient {
  input: Value;
  gradient: (dy: Value) => Value;
}

export class Graph {
  readonly operations: Operation[] = [];
  readonly signatures = new Map<string, Signature>();
  readonly composed = new Map<Value, ComposedGradient>();
  readonly #names = new Map<string, number>();
  #scope: readonly string[] = [];

  /** Operations that `build` makes are named within `name`, and so are the errors about them. */
  scope<T>(name: string, build: () => T): T {
    const before = this.#scope;
    this.#scope = [...before, name];
    try {
      return build();
    } finally {
      this.#scope = before;
    }
  }

  /** The name that an operation of this type would be made under, without what makes it unique. */
  place(type: string): string {
    return [...this.#scope, type].join('/');
  }

  add({ type, inputs = [], attributes = {}, after = [], outputs }: OperationRequest): Operation {
    for (const { operation } of inputs) this.#check(operation);
    for (const operation of after) this.#check(operation);
    const made: Value[] = [];
    const operation: Operation = {
      graph: this,
      name: this.#uniqueName(type),
      type,
      inputs,
      attributes,
      after,
      outputs: made,
    };
    for (const [index, { dtype, shape }] of outputs.entries()) made.push({ operation, index, dtype, shape });
    this.operations.push(operation);
    return operation;
  }

  /** The same for an operation with one output. */
  value(request: Omit<OperationRequest, 'outputs'> & Pick<Value, 'dtype' | 'shape'>): Value {
    const { dtype, shape, ...rest } = request;
    return this.add({ ...rest, outputs: [{ dtype, shape }] }).outputs[0] as Value;
  }

  #check(operation: Operation): void {
    if (operation.graph !== this) throw new RangeError(`${operation.name} belongs to another graph`);
  }

  #uniqueName(type: string): string {
    const place = this.place(type);
    const used = this.#names.get(place) ?? 0;
    this.#names.set(place, used + 1);
    return used === 0 ? place : `${place}_${used}`;
  }
}
