import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openTensorflow } from '../open.ts';
import { Graph } from './graph.ts';
import { addBias, convolve, maxPool, oneHot, softmaxCrossEntropy } from './layers.ts';
import { add, first, identity, matMul, multiply, reshape, stack, sum, tile } from './math.ts';
import { GraphShapeError } from './shapes.ts';
import { openGraph } from './session.ts';
import {
  applyMomentum,
  assignVariable,
  constant,
  placeholder,
  readVariable,
  scalar,
  variable,
} from './sources.ts';

const tensorflow = openTensorflow({ device: 'cpu' });
const { tf } = tensorflow;

describe('shapes', () => {
  const graph = new Graph();
  const images = placeholder(graph, 'float32', [null, 27, 27, 96]);
  const kernel = (...shape: number[]) => placeholder(graph, 'float32', shape);

  it('follow from each other, with the size of the batch left open', () => {
    const convolved = convolve(images, kernel(5, 5, 48, 256), { stride: 1, padding: 'same' });
    expect(convolved.shape).toEqual([null, 27, 27, 256]);
    expect(convolve(images, kernel(11, 11, 96, 8), { stride: 4, padding: 'valid' }).shape).toEqual([
      null,
      5,
      5,
      8,
    ]);
    const pooled = maxPool(convolved, { size: 3, stride: 2 });
    expect(pooled.shape).toEqual([null, 13, 13, 256]);
    const flat = reshape(pooled, [null, 13 * 13 * 256]);
    expect(matMul(flat, kernel(13 * 13 * 256, 10)).shape).toEqual([null, 10]);
    expect(add(images, kernel(27, 1, 96)).shape).toEqual([null, 27, 27, 96]);
    expect(sum(images, [1, 2]).shape).toEqual([null, 96]);
    expect(tile(kernel(1, 3), [2, 5]).shape).toEqual([2, 15]);
    expect(stack([kernel(4), kernel(4)]).shape).toEqual([2, 4]);
    expect(first(kernel(9), placeholder(graph, 'int32', []), null).shape).toEqual([null]);
    expect(oneHot(placeholder(graph, 'int32', [null]), 7).shape).toEqual([null, 7]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'a kernel of another depth',
      () => convolve(images, kernel(5, 5, 36, 256), { stride: 1, padding: 'same' }),
      'conv2/Conv2D: a kernel float32 [5, 5, 36, 256] does not fit float32 [?, 27, 27, 96]',
    ],
    [
      'filters that do not split into the groups',
      () => convolve(images, kernel(5, 5, 48, 255), { stride: 1, padding: 'same' }),
      'conv2/Conv2D: a kernel float32 [5, 5, 48, 255] does not fit float32 [?, 27, 27, 96]',
    ],
    [
      'a bias of another length',
      () => addBias(images, kernel(95)),
      'conv2/BiasAdd: a bias float32 [95] does not fit float32 [?, 27, 27, 96]',
    ],
    [
      'a window larger than the image',
      () => maxPool(images, { size: 28, stride: 2 }),
      'conv2/MaxPool: windows of 28 do not fit float32 [?, 27, 27, 96]',
    ],
    [
      'factors without a product',
      () => matMul(kernel(3, 4), kernel(5, 6)),
      'conv2/MatMul: [3, 4] and [5, 6] have no product',
    ],
    [
      'values that do not broadcast',
      () => multiply(images, kernel(95)),
      'conv2/Mul: float32 [?, 27, 27, 96] and float32 [95] do not go together',
    ],
    [
      'values of two types',
      () => add(kernel(2), placeholder(graph, 'int32', [2])),
      'conv2/AddV2: one type is needed, not float32 [2] and int32 [2]',
    ],
    [
      'labels of another number than the logits',
      () => softmaxCrossEntropy(kernel(3, 4), placeholder(graph, 'int32', [2])),
      'conv2/SparseSoftmaxCrossEntropyWithLogits: labels int32 [2] do not fit logits float32 [3, 4]',
    ],
    [
      'a shape of another size',
      () => reshape(kernel(3, 4), [5]),
      'conv2/Reshape: float32 [3, 4] does not become [5]',
    ],
    [
      'a constant of another size',
      () => constant(graph, Float32Array.of(1, 2), [3]),
      'conv2/Const: [3] has 3 values, not 2',
    ],
    [
      'a value of another shape than its variable',
      () => assignVariable(variable(graph, 'w', [2]), kernel(3)),
      'conv2/AssignVariableOp: w is float32 [2], the value float32 [3]',
    ],
  ])('refuse %s, naming the layer and both', (_what, build, message) => {
    expect(() => graph.scope('conv2', build)).toThrow(GraphShapeError);
    expect(() => graph.scope('conv2', build)).toThrow(message);
  });

  it('refuse a value of another graph', () => {
    const other = placeholder(new Graph(), 'float32', [3]);
    expect(() => add(kernel(3), other)).toThrow('belongs to another graph');
  });
});

describe('a graph in a session', () => {
  /** A counter: `next` adds what is fed, `set` sets it. */
  async function openCounter(): ReturnType<typeof openGraph> {
    const graph = new Graph();
    const counter = variable(graph, 'counter', [2]);
    const fed = placeholder(graph, 'float32', [2]);
    const done = identity(scalar(graph, 1), [assignVariable(counter, fed)]);
    graph.signatures.set('set', { inputs: { value: fed }, outputs: { done } });
    const sum = add(readVariable(counter), fed);
    const kept = assignVariable(counter, sum);
    graph.signatures.set('next', { inputs: { by: fed }, outputs: { sum: identity(sum, [kept]) } });
    graph.signatures.set('get', { inputs: {}, outputs: { value: readVariable(counter) } });
    return openGraph(tensorflow, graph);
  }

  it('keeps its variables from run to run and from signature to signature', async () => {
    const counter = await openCounter();
    const run = (signature: string, feeds: Parameters<typeof counter.run>[1], output: string): number[] => [
      ...(counter.run(signature, feeds)[output]?.dataSync() ?? []),
    ];
    run('set', { value: tf.tensor1d([1, 2]) }, 'done');
    expect(run('next', { by: tf.tensor1d([10, 20]) }, 'sum')).toEqual([11, 22]);
    expect(run('next', { by: tf.tensor1d([1, 1]) }, 'sum')).toEqual([12, 23]);
    expect(run('get', {}, 'value')).toEqual([12, 23]);
    counter.close();
  });

  it('shares nothing with another session of the same graph', async () => {
    const [a, b] = [await openCounter(), await openCounter()];
    a.run('set', { value: tf.tensor1d([1, 2]) });
    b.run('set', { value: tf.tensor1d([3, 4]) });
    expect([...(a.run('get')['value']?.dataSync() ?? [])]).toEqual([1, 2]);
    a.close();
    expect([...(b.run('get')['value']?.dataSync() ?? [])]).toEqual([3, 4]);
    b.close();
  });

  it('refuses a signature and a feed that it does not have', async () => {
    const counter = await openCounter();
    expect(() => counter.run('reset')).toThrow('the graph has no signature reset');
    expect(() => counter.run('next', { value: tf.tensor1d([1, 2]) })).toThrow(/input names are by/);
    counter.close();
  });

  it('takes a momentum step', async () => {
    const graph = new Graph();
    const [weight, velocity] = [variable(graph, 'w', [1]), variable(graph, 'v', [1])];
    const [start, speed] = [1, 10].map((value) => constant(graph, Float32Array.of(value), [1]));
    const assigned = [assignVariable(weight, start as never), assignVariable(velocity, speed as never)];
    graph.signatures.set('set', { inputs: {}, outputs: { done: identity(scalar(graph, 1), assigned) } });
    const gradient = constant(graph, Float32Array.of(4), [1]);
    const update = { rate: scalar(graph, 0.5), gradient, momentum: scalar(graph, 0.25) };
    const stepped = applyMomentum({ weight, velocity }, update);
    graph.signatures.set('step', { inputs: {}, outputs: { done: identity(scalar(graph, 1), [stepped]) } });
    graph.signatures.set('get', {
      inputs: {},
      outputs: { w: readVariable(weight), v: readVariable(velocity) },
    });
    const session = await openGraph(tensorflow, graph);
    session.run('set');
    session.run('step');
    const { w, v } = session.run('get');
    // v = ¼·10 - ½·4, w = 1 + v
    expect([w?.dataSync()[0], v?.dataSync()[0]]).toEqual([1.5, 0.5]);
    session.close();
  });
});

describe('a graph that cannot be opened', () => {
  const graph = new Graph();
  graph.signatures.set('one', { inputs: {}, outputs: { value: identity(scalar(graph, 1)) } });

  it('leaves no model in TensorFlow', async () => {
    const unreadable = new Graph();
    unreadable.signatures.set('one', { inputs: {}, outputs: { value: identity(scalar(unreadable, 1)) } });
    // The second signature is not in the file: the first has been loaded by then.
    unreadable.signatures.keys = () => ['one', 'missing'].values();
    const before = tf.node.getNumOfSavedModels();
    await expect(openGraph(tensorflow, unreadable)).rejects.toThrow('missing');
    expect(tf.node.getNumOfSavedModels()).toBe(before);
  });

  it.each([
    ['that is not there', 'missing', 'PERMISSION_DENIED'],
    ['that is a file', 'file', 'PERMISSION_DENIED'],
  ])('names a folder for temporary files %s, and opens when that is mended', async (_, name, code) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'alexnet-graph-test-'));
    writeFileSync(path.join(folder, 'file'), '');
    vi.stubEnv('TMPDIR', path.join(folder, name));
    try {
      await expect(openGraph(tensorflow, graph)).rejects.toMatchObject({
        code,
        expected: expect.stringContaining(path.join(folder, name)) as string,
        cause: expect.any(Error) as Error,
      });
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
    const session = await openGraph(tensorflow, graph);
    expect([...(session.run('one')['value']?.dataSync() ?? [])]).toEqual([1]);
    session.close();
  });
});
