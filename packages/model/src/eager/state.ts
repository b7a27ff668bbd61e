import { AlexnetError } from '@alexnet/core';
import type { FloatTensor } from '@alexnet/safetensors';
import { rawOperation } from '@alexnet/tensorflow';
import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import type { Net } from '../net.ts';

/** One tensor on the device for each parameter of the net. */
export type DeviceTensors = Map<string, Tensor>;

/** @throws CHECKPOINT_MISMATCH for tensors that are missing, too many or of another shape */
export function toDevice(
  tensorflow: Tensorflow,
  net: Net,
  tensors: ReadonlyMap<string, FloatTensor>,
  what: string,
): DeviceTensors {
  const { tf } = tensorflow;
  checkFit(net, tensors, what);
  return new Map(
    net.parameters.map(({ name, shape }) => {
      const { data } = tensors.get(name) as FloatTensor;
      // Identity makes TensorFlow take its copy now: the caller may change the array afterwards.
      const copy = tf.tidy(() =>
        rawOperation(tensorflow, 'Identity', [tf.tensor(data, [...shape])], { types: { T: 'float32' } }),
      );
      return [name, copy];
    }),
  );
}

export function fromDevice(tensors: DeviceTensors): Map<string, FloatTensor> {
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name,
      { shape: [...tensor.shape], data: tensor.dataSync<'float32'>() },
    ]),
  );
}

function checkFit(net: Net, tensors: ReadonlyMap<string, FloatTensor>, what: string): void {
  const mismatch = (expected: string, actual: string): AlexnetError =>
    new AlexnetError('CHECKPOINT_MISMATCH', {
      expected: `${what} with ${expected}`,
      actual,
      remedy: 'Use a checkpoint of a run with the same profile and number of classes.',
    });
  for (const { name, shape } of net.parameters) {
    const found = tensors.get(name);
    const wanted = `[${shape.join(', ')}]`;
    if (found === undefined) throw mismatch(`${name} ${wanted}`, 'none of this name');
    const actual = `[${found.shape.join(', ')}]`;
    if (actual !== wanted) throw mismatch(`${name} ${wanted}`, actual);
  }
  const known = new Set(net.parameters.map(({ name }) => name));
  const extra = [...tensors.keys()].find((name) => !known.has(name));
  if (extra !== undefined) throw mismatch(`the net's ${known.size} tensors alone`, extra);
}
