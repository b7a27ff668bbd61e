import { testView } from '@alexnet/batches';
import { cropInto } from '@alexnet/images';
import { createEngine, startOptimizer, type Engine } from '@alexnet/model';
import { openTensorflow } from '@alexnet/tensorflow';
import type { TrainedNet } from './trained-net.ts';

/** Classes with their probabilities, the most probable first. */
export type TopClasses = { class: string; probability: number }[];

/** Part of an image that the net looks at, in pixels of the stored square. */
export interface PredictedView {
  top: number;
  left: number;
  /** Whether it is reflected left to right. */
  mirror: boolean;
}

/** Classes of each image unless told otherwise: top-5, as in the paper. */
export const TOP = 5;
const CHANNELS = 3;
const TEN = 10;

/** A checkpoint, loaded into TensorFlow in this thread. */
export class Predictor {
  /** Of the squares that images are decoded to, in pixels. */
  readonly side: number;
  /** Of the net's input, in pixels. */
  readonly inputSide: number;
  readonly #engine: Engine;
  readonly #classes: readonly string[];

  private constructor(engine: Engine, { classes, storedSide, profile }: TrainedNet) {
    this.#engine = engine;
    this.#classes = classes;
    this.side = storedSide;
    this.inputSide = profile.net.input;
  }

  /** @throws TENSORFLOW_MISSING */
  static async open(trained: TrainedNet): Promise<Predictor> {
    const { net, profile, meanImage, weights } = trained;
    // A few images are no work for a GPU that is training.
    const tensorflow = openTensorflow({ device: 'cpu' });
    const engine = await createEngine({ tensorflow, net, profile, meanImage });
    engine.load({ model: weights, optimizer: startOptimizer(net, profile.optimizer) });
    return new Predictor(engine, trained);
  }

  /** The centre, the four corners, and the mirror images of these five: the views of the paper (§4.1). */
  get tenViews(): PredictedView[] {
    return Array.from({ length: TEN }, (_, view) => testView(TEN, view, this.#sides));
  }

  /**
   * Predicts from the centre view of each image; the thread waits. Probabilities may differ in the last bits with the number
   * of images that are predicted together.
   * @param squares images in their stored form, uint8 [side, side, 3] each
   * @param count classes of each, at most all
   */
  predict(squares: readonly Uint8Array[], count = TOP): TopClasses[] {
    const centre = testView(1, 0, this.#sides);
    const probabilities = this.#run(squares.map((square) => [square, centre]));
    return probabilities.map((each) => this.#top(each, count));
  }

  /**
   * Predicts one image from its centre, and with the mean of the probabilities of its ten views; the thread waits.
   * @param square as of {@link predict}
   */
  predictTenViews(square: Uint8Array, count = TOP): { centre: TopClasses; mean: TopClasses } {
    const ofViews = this.#run(this.tenViews.map((view) => [square, view]));
    const mean = this.#classes.map(
      (_, label) => ofViews.reduce((sum, each) => sum + (each[label] as number), 0) / TEN,
    );
    return { centre: this.#top(ofViews[0] as Float32Array, count), mean: this.#top(mean, count) };
  }

  /** Gives its memory back. */
  close(): void {
    this.#engine.dispose();
  }

  get #sides(): { stored: number; input: number } {
    return { stored: this.side, input: this.inputSide };
  }

  /** The probabilities of the classes for each view of an image. */
  #run(inputs: readonly (readonly [square: Uint8Array, view: PredictedView])[]): Float32Array[] {
    const [side, size] = [this.side, this.inputSide];
    const imageBytes = size * size * CHANNELS;
    const pixels = new Uint8Array(inputs.length * imageBytes);
    for (const [at, [square, view]] of inputs.entries())
      cropInto(square, { side, size, ...view }, pixels, at * imageBytes);
    const probabilities = this.#engine.predict({
      slices: [{ pixels, lighting: new Float32Array(inputs.length * CHANNELS) }],
    });
    const classes = this.#classes.length;
    return inputs.map((_, at) => probabilities.subarray(at * classes, (at + 1) * classes));
  }

  #top(probabilities: ArrayLike<number>, count: number): TopClasses {
    return Array.from(probabilities, (probability, label) => ({
      class: this.#classes[label] ?? String(label),
      probability,
    }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, count);
  }
}
