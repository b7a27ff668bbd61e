import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import type {
  Batch,
  Engine,
  EngineState,
  EvaluationMetrics,
  StepMetrics,
  StepPlace,
  UnlabelledBatch,
} from '../../engine.ts';
import type { Net } from '../../net.ts';
import type { EngineProfile } from '../../graph/training.ts';
import { slotNames, stepRates } from '../../optimizer.ts';
import type { Rates } from '../../schedule.ts';
import { createInputMaker, labelTensor } from './input.ts';
import type { InputMaker } from './input.ts';
import { createKernels } from './kernels.ts';
import type { Kernels } from './kernels.ts';
import { metricsOf, softmaxLoss } from './loss.ts';
import { backward, classify, forward } from './passes.ts';
import type { PassContext } from './passes.ts';
import { checkState } from '../../state.ts';
import { fromDevice, toDevice } from './state.ts';
import type { DeviceTensors } from './state.ts';
import { update } from './update.ts';

/** Layers that a step's dropout seeds leave room for. */
const LAYER_LIMIT = 64;

export interface EagerEngineOptions {
  tensorflow: Tensorflow;
  net: Net;
  profile: EngineProfile;
  /** Mean image of the training set on the scale of 0 … 255, of the net's input shape. */
  meanImage: Float32Array;
}

/** What is compared with the engine of one graph. */
export type ReferenceEngine = Omit<Engine, 'classify'>;

/** An engine that runs one TensorFlow kernel after the other; `load` must come before anything else. */
export function createEagerEngine(options: EagerEngineOptions): ReferenceEngine {
  return new EagerEngine(options);
}

class EagerEngine implements ReferenceEngine {
  readonly #options: EagerEngineOptions;
  readonly #kernels: Kernels;
  readonly #toTestInput: InputMaker;
  readonly #toTrainInput: InputMaker;
  #weights: DeviceTensors = new Map();
  #kept: DeviceTensors = new Map();
  /** [loss sum, top1, top5] of the steps that nobody has asked about yet. */
  #unread: { step: number; count: number; metrics: Tensor }[] = [];

  constructor(options: EagerEngineOptions) {
    const { tensorflow, net, profile, meanImage } = options;
    this.#options = options;
    this.#kernels = createKernels(tensorflow);
    const mean = profile.inputMean === 'image' ? meanImage : meanImage.map(() => 0);
    const { inputDivisor, augment } = profile;
    this.#toTestInput = createInputMaker(tensorflow, net, mean, inputDivisor);
    this.#toTrainInput = createInputMaker(tensorflow, net, mean, inputDivisor * augment.lightingDivisor);
  }

  load(state: EngineState): void {
    const { tensorflow, net } = this.#options;
    checkState(net, this.#options.profile.optimizer, state);
    const weights = toDevice(tensorflow, state.model);
    const kept = toDevice(tensorflow, state.optimizer);
    this.#disposeState();
    this.#weights = weights;
    this.#kept = kept;
  }

  step(batch: Batch, at: StepPlace): void {
    const { tensorflow, net, profile } = this.#options;
    const rates = stepRates(profile.optimizer, at.rates, at.step);
    const { tf } = tensorflow;
    tf.tidy(() => {
      const labels = labelTensor(tensorflow, net, batch);
      const count = labels.shape[0];
      const recorded = forward(this.#context(), this.#toTrainInput(batch), (layer) => [
        at.seed,
        at.step * LAYER_LIMIT + layer,
      ]);
      const { each, gradient } = softmaxLoss(tensorflow, recorded.logits, labels);
      const metrics = tf.keep(metricsOf(tensorflow, recorded.logits, labels, each));
      this.#unread.push({ step: at.step, count, metrics });
      backward(recorded, tf.div(gradient, count), (name, parameterGradient) =>
        this.#update(name, parameterGradient, rates),
      );
    });
  }

  readMetrics(): StepMetrics[] {
    const { tf } = this.#options.tensorflow;
    const steps = this.#unread;
    this.#unread = [];
    if (steps.length === 0) return [];
    const metrics = steps.map((step) => step.metrics);
    const values = tf.tidy(() => tf.concat(metrics).dataSync<'float32'>());
    tf.dispose(metrics);
    return steps.map(({ step, count }, index) => {
      const [lossSum, top1, top5] = values.subarray(3 * index) as unknown as [number, number, number];
      return { step, count, loss: lossSum / count, top1, top5 };
    });
  }

  evaluate(batch: Batch): EvaluationMetrics {
    const { tensorflow, net } = this.#options;
    return tensorflow.tf.tidy(() => {
      const labels = labelTensor(tensorflow, net, batch);
      const logits = classify(this.#context(), this.#toTestInput(batch));
      const { each } = softmaxLoss(tensorflow, logits, labels);
      const values = metricsOf(tensorflow, logits, labels, each).dataSync<'float32'>();
      const [lossSum, top1, top5] = values as unknown as [number, number, number];
      return { count: labels.shape[0], lossSum, top1, top5 };
    });
  }

  predict(batch: UnlabelledBatch): Float32Array {
    const { tf } = this.#options.tensorflow;
    return tf.tidy(() =>
      tf.softmax(classify(this.#context(), this.#toTestInput(batch))).dataSync<'float32'>(),
    );
  }

  save(): EngineState {
    return { model: fromDevice(this.#weights), optimizer: fromDevice(this.#kept) };
  }

  tensorCount(): number {
    return this.#options.tensorflow.tf.memory().numTensors;
  }

  dispose(): void {
    this.#disposeState();
    this.#weights = new Map();
    this.#kept = new Map();
    this.#options.tensorflow.tf.dispose(this.#unread.map(({ metrics }) => metrics));
    this.#unread = [];
    this.#toTestInput.dispose();
    this.#toTrainInput.dispose();
  }

  #context(): PassContext {
    const { tensorflow, net } = this.#options;
    return { tensorflow, net, kernels: this.#kernels, weights: this.#weights };
  }

  #update(name: string, gradient: Tensor, rates: Rates): void {
    const { tensorflow, profile, net } = this.#options;
    const { tf } = tensorflow;
    const parameter = net.parameters.find((each) => each.name === name);
    if (parameter === undefined || profile.frozen.some((layer) => layer === parameter.layer)) {
      gradient.dispose();
      return;
    }
    const names = slotNames(profile.optimizer, name);
    const weight = this.#weights.get(name) as Tensor;
    const slots = names.map((slot) => this.#kept.get(slot) as Tensor);
    const isBias = parameter.kind === 'bias';
    const factors: Readonly<Record<string, number | undefined>> = profile.rateFactors;
    const rate = (factors[parameter.layer] ?? 1) * (isBias ? rates.biases : rates.weights);
    const next = update(tensorflow, profile.optimizer, { weight, slots, gradient, isBias, rate });
    tf.dispose([weight, ...slots, gradient]);
    this.#weights.set(name, tf.keep(next.weight));
    for (const [i, slot] of names.entries()) this.#kept.set(slot, tf.keep(next.slots[i] as Tensor));
  }

  #disposeState(): void {
    for (const tensor of [...this.#weights.values(), ...this.#kept.values()]) tensor.dispose();
  }
}
