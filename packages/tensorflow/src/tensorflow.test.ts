import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTensorflow } from './open.ts';
import type { Tensorflow } from './open.ts';
import { rawOperation, rawOperations } from './operation.ts';
import { statelessUniform, uint8Tensor } from './tensors.ts';

let tensorflow: Tensorflow;
beforeAll(() => {
  tensorflow = openTensorflow({ device: 'cpu' });
});

describe('openTensorflow', () => {
  it('says on which device it computes, and its version', () => {
    expect(tensorflow.device).toBe('cpu');
    expect(tensorflow.version).toBe('2.21.0');
  });

  it('refuses the GPU where TensorFlow does not use one', () => {
    expect(() => openTensorflow({ device: 'gpu' })).toThrow(
      expect.objectContaining({ code: 'DEVICE_UNAVAILABLE' }) as Error,
    );
  });
});

describe("TensorFlow's log", () => {
  const program = `
    const { openTensorflow } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
    const { tf } = openTensorflow({ device: 'cpu' });
    tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])).dataSync();
    console.error('the last word');
    process.exit(0);`;
  const run = (level: string | undefined) =>
    spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: level },
    }).stderr;

  it('does not appear on stderr', () => {
    expect(run(undefined)).toBe('the last word\n');
  });

  it('does where it is asked for', () => {
    expect(run('0')).toMatch(/oneDNN[^]*the last word/);
  });
});

describe('captureStderr', () => {
  it('keeps what is written meanwhile, also where that fails, and lets log lines pass', () => {
    const program = `
      import { writeSync } from 'node:fs';
      const { captureStderr } = await import(${JSON.stringify(new URL('../dist/stderr.js', import.meta.url).href)});
      const { said, error } = captureStderr(() => {
        writeSync(2, 'W0000 a warning\\n{"msg":"a log line"}\\nI0000 a notice\\n');
        throw new Error('failed');
      });
      console.log(JSON.stringify({ said, message: error.message }));
      console.error('after');`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toEqual({ said: 'W0000 a warning', message: 'failed' });
    expect(stderr).toBe('{"msg":"a log line"}\nafter\n');
  });
});

describe('uint8Tensor', () => {
  it('keeps every byte value and the order', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const tensor = uint8Tensor(tensorflow, bytes, [2, 128]);
    expect([tensor.shape, tensor.dtype]).toEqual([[2, 128], 'float32']);
    expect([...tensor.dataSync()]).toEqual([...bytes]);
    tensor.dispose();
  });

  it('refuses a shape of another size', () => {
    expect(() => uint8Tensor(tensorflow, new Uint8Array(3), [2, 2])).toThrow(RangeError);
  });

  it('leaves one tensor behind: its result', () => {
    const before = tensorflow.tf.memory().numTensors;
    const made = [uint8Tensor(tensorflow, new Uint8Array(4), [4]), statelessUniform(tensorflow, [4], [1, 2])];
    expect(tensorflow.tf.memory().numTensors).toBe(before + made.length);
    tensorflow.tf.dispose(made);
  });
});

describe('statelessUniform', () => {
  const draw = (seed: [number, number]): number[] => {
    const tensor = statelessUniform(tensorflow, [1000], seed);
    const values = [...tensor.dataSync()];
    tensor.dispose();
    return values;
  };

  it('is a function of its seed alone', () => {
    const first = draw([1, 2]);
    tensorflow.tf.tidy(() => tensorflow.tf.randomUniform([10]));
    expect(draw([1, 2])).toEqual(first);
    expect(draw([1, 3])).not.toEqual(first);
    expect(draw([2 ** 32 - 1, 2])).not.toEqual(first);
  });

  it('covers [0, 1) evenly', () => {
    const values = draw([1, 2]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(values.filter((value) => value < 0.5).length - 500)).toBeLessThan(60);
  });
});

describe('rawOperation', () => {
  it('runs an operation by its name', () => {
    const { tf } = tensorflow;
    const sum = tf.tidy(() =>
      rawOperation(tensorflow, 'AddV2', [tf.tensor([1, 2]), tf.tensor([10, 20])], {
        types: { T: 'float32' },
      }).dataSync(),
    );
    expect([...sum]).toEqual([11, 22]);
  });

  it('gives every output of one that has several', () => {
    const { tf } = tensorflow;
    const outputs = tf.tidy(() =>
      rawOperations(
        tensorflow,
        'TopKV2',
        [tf.tensor([3, 1, 2]), tf.scalar(2, 'int32')],
        { types: { T: 'float32', Tk: 'int32', index_type: 'int32' }, bools: { sorted: true } },
        2,
      ).map((tensor) => [...tensor.dataSync()]),
    );
    expect(outputs).toEqual([
      [3, 2],
      [0, 2],
    ]);
  });

  it("throws TensorFlow's own message for inputs that do not fit", () => {
    const { tf } = tensorflow;
    expect(() =>
      tf.tidy(() =>
        rawOperation(tensorflow, 'AddV2', [tf.zeros([2]), tf.zeros([3])], { types: { T: 'float32' } }),
      ),
    ).toThrow(/[Ii]ncompatible shapes/);
  });
});
