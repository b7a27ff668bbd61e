import type { FloatTensor } from '@alexnet/safetensors';
import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import { openGraph } from '@alexnet/tensorflow/graph';
import type { GraphSession } from '@alexnet/tensorflow/graph';
import type {
  Batch,
  Classification,
  Engine,
  EngineState,
  EvaluationMetrics,
  StepMetrics,
  StepPlace,
  UnlabelledBatch,
} from '../engine.ts';
import { classificationOf, classificationOfViews } from '../classification.ts';
import type { Net, Parameter } from '../net.ts';
import { slotNames, stepRates } from '../optimizer.ts';
import type { Optimizer } from '../optimizer.ts';
import { checkState } from '../state.ts';
import { gather, labelsOf } from './batch.ts';
import { checkTrainable } from './precision.ts';
import { trainingGraph } from './training.ts';
import type { GraphOptions } from './training.ts';

/** Layers that a step's dropout seeds leave room for. */
const LAYER_LIMIT = 64;

type EngineOptions = GraphOptions & { tensorflow: Tensorflow };

/** An engine that runs each step as one TensorFlow graph; `load` must come before anything else. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { tensorflow } = options;
  const session = await openGraph(tensorflow, trainingGraph(options));
  return new GraphEngine(options, session);
}

class GraphEngine implements Engine {
  readonly #tensorflow: Tensorflow;
  readonly #net: Net;
  readonly #optimizer: Optimizer;
  readonly #checkTrainable: () => void;
  #hasTrained = false;
  readonly #session: GraphSession;
  /** [loss sum, top1, top5] of the steps that nobody has asked about yet. */
  #unread: { step: number; count: number; metrics: Tensor }[] = [];

  constructor({ tensorflow, net, profile }: EngineOptions, session: GraphSession) {
    this.#tensorflow = tensorflow;
    this.#net = net;
    this.#optimizer = profile.optimizer;
    this.#checkTrainable = () => checkTrainable(net, profile, tensorflow);
    this.#session = session;
  }

  load(state: EngineState): void {
    checkState(this.#net, this.#optimizer, state);
    const { tf } = this.#tensorflow;
    this.#run('set', () => {
      const feeds: Record<string, Tensor> = {};
      for (const part of ['model', 'optimizer'] as const) {
        for (const [name, { shape, data }] of state[part]) feeds[`${part}/${name}`] = tf.tensor(data, shape);
      }
      return feeds;
    });
  }

  step(batch: Batch, at: StepPlace): void {
    if (!this.#hasTrained) this.#checkTrainable();
    this.#hasTrained = true;
    const { tf } = this.#tensorflow;
    const rates = stepRates(this.#optimizer, at.rates, at.step);
    const metrics = this.#run('step', () => ({
      ...this.#feed(batch),
      labels: tf.tensor1d(labelsOf(this.#net, batch), 'int32'),
      seed: tf.tensor1d(Int32Array.of(at.seed, at.step * LAYER_LIMIT), 'int32'),
      weightRate: tf.scalar(rates.weights),
      biasRate: tf.scalar(rates.biases),
    }))['metrics'] as Tensor;
    this.#unread.push({ step: at.step, count: countOf(batch), metrics });
  }

  readMetrics(): StepMetrics[] {
    const steps = this.#unread;
    this.#unread = [];
    return steps.map(({ step, count, metrics }) => {
      const { lossSum, top1, top5 } = metricsFrom(metrics, count);
      return { step, count, loss: lossSum / count, top1, top5 };
    });
  }

  evaluate(batch: Batch): EvaluationMetrics {
    const { metrics } = this.#runLabelled('evaluate', batch);
    return metricsFrom(metrics as Tensor, countOf(batch));
  }

  classify(batch: Batch, views: number): Classification {
    const labels = labelsOf(this.#net, batch);
    const { classes } = this.#net;
    if (views > 1) return classificationOfViews(this.predict(batch), labels, { views, classes });
    const { metrics, places, probabilities } = this.#runLabelled('classify', batch) as Record<
      'metrics' | 'places' | 'probabilities',
      Tensor
    >;
    const sums = metricsFrom(metrics, labels.length);
    return classificationOf(readAway(probabilities), labels, readAway(places), sums);
  }

  predict(batch: UnlabelledBatch): Float32Array {
    return readAway(this.#run('predict', () => this.#feed(batch))['probabilities'] as Tensor);
  }

  save(): EngineState {
    const read = this.#run('get');
    const take = (part: string, name: string, { shape }: Parameter): [string, FloatTensor] => [
      name,
      { shape: [...shape], data: readAway(read[`${part}/${name}`] as Tensor) },
    ];
    const { parameters } = this.#net;
    return {
      model: new Map(parameters.map((each) => take('model', each.name, each))),
      optimizer: new Map(
        parameters.flatMap((each) =>
          slotNames(this.#optimizer, each.name).map((slot) => take('optimizer', slot, each)),
        ),
      ),
    };
  }

  tensorCount(): number {
    return this.#tensorflow.tf.memory().numTensors;
  }

  dispose(): void {
    this.#tensorflow.tf.dispose(this.#unread.map(({ metrics }) => metrics));
    this.#unread = [];
    this.#session.close();
  }

  #runLabelled(signature: string, batch: Batch): Record<string, Tensor> {
    return this.#run(signature, () => ({
      ...this.#feed(batch),
      labels: this.#tensorflow.tf.tensor1d(labelsOf(this.#net, batch), 'int32'),
    }));
  }

  #feed(batch: UnlabelledBatch): { pixels: Tensor; lighting: Tensor } {
    const { tf } = this.#tensorflow;
    const { words, lighting } = gather(this.#net, batch);
    const channels = this.#net.input[2] as number;
    return {
      pixels: tf.tensor1d(words, 'int32'),
      lighting: tf.tensor2d(lighting, [lighting.length / channels, channels]),
    };
  }

  /** @param feed makes what is fed, which is disposed of afterwards, also where it fails halfway */
  #run(signature: string, feed: () => Record<string, Tensor> = () => ({})): Record<string, Tensor> {
    const feeds = this.#tensorflow.tf.tidy(feed);
    try {
      return this.#session.run(signature, feeds);
    } finally {
      this.#tensorflow.tf.dispose(feeds);
    }
  }
}

const countOf = ({ slices }: Batch): number => slices.reduce((count, { labels }) => count + labels.length, 0);

/** Reads [loss sum, top1, top5]; the tensor is gone. */
function metricsFrom(metrics: Tensor, count: number): EvaluationMetrics {
  const [lossSum, top1, top5] = readAway(metrics) as unknown as [number, number, number];
  return { count, lossSum, top1, top5 };
}

/** A tensor's values; the tensor is gone. */
function readAway(tensor: Tensor): Float32Array {
  try {
    return tensor.dataSync<'float32'>();
  } finally {
    tensor.dispose();
  }
}
