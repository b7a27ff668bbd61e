import { centreOf, cropInto, type Crop } from '@alexnet/images';
import { createEngine, startOptimizer, type Engine } from '@alexnet/model';
import type { TrainedNet } from '@alexnet/pipeline';
import { openTensorflow } from '@alexnet/tensorflow';

/** Classes with their probabilities, the most probable first. */
export type TopClasses = { class: string; probability: number }[];

export interface Prediction {
  /** Path, as it was given. */
  image: string;
  top: TopClasses;
}

/** Classes of each image unless told otherwise: top-5, as in the paper. */
export const TOP = 5;
const CHANNELS = 3;

/** A checkpoint, loaded into TensorFlow in this process. */
export class Predictor {
  readonly #engine: Engine;
  readonly #classes: readonly string[];
  readonly #view: Crop;

  private constructor(engine: Engine, classes: readonly string[], view: Crop) {
    this.#engine = engine;
    this.#classes = classes;
    this.#view = view;
  }

  /** @throws TENSORFLOW_MISSING */
  static async open(trained: TrainedNet): Promise<Predictor> {
    const { net, profile, meanImage, weights, classes, storedSide: side } = trained;
    // A few images are no work for a GPU that is training.
    const tensorflow = openTensorflow({ device: 'cpu' });
    const engine = await createEngine({ tensorflow, net, profile, meanImage });
    engine.load({ model: weights, optimizer: startOptimizer(net, profile.optimizer) });
    const size = profile.net.input;
    const margin = centreOf(side, size);
    return new Predictor(engine, classes, { side, size, top: margin, left: margin, mirror: false });
  }

  /** Of the squares that images are decoded to, in pixels. */
  get side(): number {
    return this.#view.side;
  }

  /**
   * Predicts from the centre view of each image; the thread waits. Probabilities may differ in the last bits with the number
   * of images that are predicted together.
   * @param squares images in their stored form, uint8 [side, side, 3] each
   * @param count classes of each, at most all
   */
  predict(squares: readonly Uint8Array[], count = TOP): TopClasses[] {
    const imageBytes = this.#view.size * this.#view.size * CHANNELS;
    const pixels = new Uint8Array(squares.length * imageBytes);
    for (const [at, square] of squares.entries()) cropInto(square, this.#view, pixels, at * imageBytes);
    const probabilities = this.#engine.predict({
      slices: [{ pixels, lighting: new Float32Array(squares.length * CHANNELS) }],
    });
    const classes = this.#classes.length;
    return squares.map((_, at) => this.#top(probabilities.subarray(at * classes, (at + 1) * classes), count));
  }

  #top(probabilities: Float32Array, count: number): TopClasses {
    const probabilityOf = (label: number): number => probabilities[label] as number;
    const labels = [...probabilities.keys()].sort((a, b) => probabilityOf(b) - probabilityOf(a));
    return labels
      .slice(0, count)
      .map((label) => ({ class: this.#classes[label] ?? String(label), probability: probabilityOf(label) }));
  }
}
