import { createRequire } from 'node:module';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs-node-gpu';
import { AlexnetError, messageOf } from '@alexnet/core';
import { quietly } from './quiet.ts';

const require = createRequire(import.meta.url);

export type Device = 'cpu' | 'gpu';
export type Tensor = tfjs.Tensor;

/** The part of tfjs-node's backend that is used here; its attributes are of a class that cannot be constructed. */
export interface Backend {
  isUsingGpuDevice: boolean;
  /** Numbers of the types and kinds of attributes, e.g. TF_FLOAT, and TF_Version. */
  binding: Readonly<Record<`TF_${TypeName}` | `TF_ATTR_${AttributeKind}`, number> & { TF_Version: string }>;
  executeSingleOutput(name: string, attributes: OperationAttribute[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OperationAttribute[],
    inputs: Tensor[],
    outputs: number,
  ): Tensor[];
}
type TypeName = 'FLOAT' | 'INT32' | 'UINT8' | 'STRING' | 'BOOL';
type AttributeKind = 'TYPE' | 'INT' | 'FLOAT' | 'BOOL' | 'STRING';

export interface OperationAttribute {
  name: string;
  type: number;
  value: boolean | number | string | number[];
}

/** TensorFlow, opened on one device. */
export interface Tensorflow {
  tf: typeof tfjs;
  /** Runs operations that tfjs does not wrap; see `rawOperation`. */
  backend: Backend;
  device: Device;
  /** Of the TensorFlow library, e.g. "2.21.0". */
  version: string;
}

/**
 * Loads TensorFlow and says on which device it computes. A process has one TensorFlow: opening it a second time
 * gives the same one. Its calls are synchronous, so it belongs in a worker thread, which must share the process's
 * environment (`env: SHARE_ENV`): TensorFlow reads the environment of the process, not that of the thread.
 * What TensorFlow logs does not appear on stderr, unless `TF_CPP_MIN_LOG_LEVEL` is set: what it says while it is loaded is the
 * cause of the error, and later errors come as exceptions.
 * @throws TENSORFLOW_MISSING when the addon is absent or does not load; DEVICE_UNAVAILABLE when TensorFlow computes
 *   on another device than the one that was asked for
 */
export function openTensorflow(options: { device: 'auto' | Device }): Tensorflow {
  if (options.device === 'cpu') process.env['CUDA_VISIBLE_DEVICES'] = '-1';
  // TensorFlow leaves oneDNN off on processors without AVX-512, where it is still 2 to 4 times as fast at the
  // gradients of convolutions, and the only one that takes grouped filters there.
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  const { result: tf, said } = quietly(load);
  const backend = tf.backend() as unknown as Backend;
  const device = backend.isUsingGpuDevice ? 'gpu' : 'cpu';
  if (options.device !== 'auto' && options.device !== device) {
    throw new AlexnetError('DEVICE_UNAVAILABLE', {
      expected: `TensorFlow to compute on the ${options.device}`,
      actual: `one that computes on the ${device}`,
      remedy:
        options.device === 'gpu'
          ? 'Check that nvidia-smi lists a GPU and that CUDA_VISIBLE_DEVICES does not hide it, then run ' +
            '`npx alexnet setup tensorflow --variant gpu`; or ask for --device cpu.'
          : 'Set CUDA_VISIBLE_DEVICES=-1 for the whole process.',
      cause: said === '' ? undefined : new Error(said),
    });
  }
  return { tf, backend, device, version: backend.binding.TF_Version };
}

/** The file of plain TensorFlow.js for a `<script>` of a web page, with the backends `webgl` and `cpu`: global `tf`. */
export function browserScript(): string {
  return require.resolve('@tensorflow/tfjs/dist/tf.min.js');
}

function load(): typeof tfjs {
  // tfjs-node 4.22 calls util.isNullOrUndefined, which Node 23 took out.
  Object.assign(util, {
    isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  });
  try {
    // A CommonJS module, whose exports loaders of TypeScript do not agree about when it is imported.
    const tf = require('@tensorflow/tfjs-node-gpu') as typeof tfjs;
    // Opens the devices, of which there is something to say too.
    tf.backend();
    return tf;
  } catch (cause) {
    throw new AlexnetError('TENSORFLOW_MISSING', {
      expected: "TensorFlow's addon to load",
      actual: messageOf(cause).split('\n')[0] ?? '',
      remedy: 'Run `npx alexnet setup tensorflow`.',
      cause,
    });
  }
}
