import type { OperationAttribute, Tensor, Tensorflow } from './open.ts';

type DType = 'float32' | 'int32' | 'uint8' | 'string' | 'bool';

/** Attributes of a TensorFlow operation by their kind, since JavaScript has one type of number. */
export interface Attributes {
  types?: Readonly<Record<string, DType>>;
  ints?: Readonly<Record<string, number | readonly number[]>>;
  floats?: Readonly<Record<string, number>>;
  bools?: Readonly<Record<string, boolean>>;
  strings?: Readonly<Record<string, string>>;
}

/** Runs one TensorFlow operation by its name, e.g. `ReluGrad`, where tfjs has none that does it in one kernel. */
export function rawOperation(
  tensorflow: Tensorflow,
  name: string,
  inputs: readonly Tensor[],
  attributes: Attributes,
): Tensor {
  return tensorflow.backend.executeSingleOutput(name, encode(tensorflow, attributes), [...inputs]);
}

/** The same for an operation with several outputs. */
export function rawOperations(
  tensorflow: Tensorflow,
  name: string,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs: number,
): Tensor[] {
  return tensorflow.backend.executeMultipleOutputs(
    name,
    encode(tensorflow, attributes),
    [...inputs],
    outputs,
  );
}

function encode({ backend }: Tensorflow, attributes: Attributes): OperationAttribute[] {
  const { binding } = backend;
  const dtypes: Record<DType, number> = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    uint8: binding.TF_UINT8,
    string: binding.TF_STRING,
    bool: binding.TF_BOOL,
  };
  const encoded: OperationAttribute[] = [];
  const add = <T>(
    values: Readonly<Record<string, T>> | undefined,
    type: number,
    convert: (value: T) => OperationAttribute['value'],
  ): void => {
    for (const [name, value] of Object.entries(values ?? {}))
      encoded.push({ name, type, value: convert(value) });
  };
  add(attributes.types, binding.TF_ATTR_TYPE, (dtype) => dtypes[dtype]);
  add(attributes.ints, binding.TF_ATTR_INT, (value) => (typeof value === 'number' ? value : [...value]));
  add(attributes.floats, binding.TF_ATTR_FLOAT, (value) => value);
  add(attributes.bools, binding.TF_ATTR_BOOL, (value) => value);
  add(attributes.strings, binding.TF_ATTR_STRING, (value) => value);
  return encoded;
}
