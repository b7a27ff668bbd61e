import { trainingGraph } from '@alexnet/model/testing';
import { layerName, type Net } from '@alexnet/model';
import type { FloatTensor } from '@alexnet/safetensors';
import type { Tensor } from '@alexnet/tensorflow';
import { openGraph } from '@alexnet/tensorflow/graph';
import type { Graph, Value } from '@alexnet/tensorflow/graph';
import type { Training } from './training.ts';

/**
 * What each layer of the training graph gives for the first batch, by its place among the layers: the same operations
 * that a step runs, asked for by a signature of their own.
 */
export async function activationsOf({
  tensorflow,
  net,
  profile,
  data,
  initial,
  seed,
}: Training): Promise<Map<string, FloatTensor>> {
  const { tf } = tensorflow;
  const [batch] = data.batches;
  if (batch === undefined) throw new RangeError('no batch');
  const graph = trainingGraph({ net, profile, meanImage: data.meanImage });
  watchLayers(graph, net);
  const session = await openGraph(tensorflow, graph);
  const zeros = [...initial].map(([name, { shape }]) => [`optimizer/${name}`, tf.zeros(shape)] as const);
  const weights = [...initial].map(
    ([name, { shape, data: values }]) => [`model/${name}`, tf.tensor(values, shape)] as const,
  );
  const state = Object.fromEntries<Tensor>([...weights, ...zeros]);
  tf.dispose(session.run('set', state));
  tf.dispose(state);
  const feeds = {
    pixels: tf.tensor1d(new Int32Array(Uint8Array.from(batch.pixels).buffer), 'int32'),
    lighting: tf.tensor2d(batch.lighting, [batch.labels.length, 3]),
    labels: tf.tensor1d(batch.labels, 'int32'),
    seed: tf.tensor1d(Int32Array.of(seed, 0), 'int32'),
  };
  const found = session.run('watch', feeds);
  const activations = new Map(
    net.layers.map((_, place) => {
      const tensor = found[String(place)] as Tensor;
      return [String(place), { shape: tensor.shape, data: tensor.dataSync<'float32'>() }];
    }),
  );
  tf.dispose([feeds, found]);
  session.close();
  return activations;
}

/** Adds the signature `watch`: the last value in the scope of each layer, in training. */
function watchLayers(graph: Graph, net: Net): void {
  const outputs = net.layers.map((layer, place) => {
    const scope = `train/${layerName(layer, place)}/`;
    const last = graph.operations.findLast(({ name }) => name.startsWith(scope));
    if (last === undefined) throw new RangeError(`the graph has nothing in ${scope}`);
    return [String(place), last.outputs[0] as Value];
  });
  const taken = Object.entries(graph.signatures.get('step')?.inputs ?? {});
  const inputs = taken.filter(([name]) => ['pixels', 'lighting', 'labels', 'seed'].includes(name));
  graph.signatures.set('watch', {
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs) as Record<string, Value>,
  });
}
