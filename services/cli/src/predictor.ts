import { readFile } from 'node:fs/promises';
import { AlexnetError, messageOf } from '@alexnet/core';
import { centreOf, cropInto, decodeSquare, type Crop } from '@alexnet/images';
import { createEngine, startOptimizer, type Engine } from '@alexnet/model';
import type { TrainedNet } from '@alexnet/pipeline';
import { openTensorflow } from '@alexnet/tensorflow';

export interface Prediction {
  image: string;
  /** The most probable classes, at most five, best first. */
  top: { class: string; probability: number }[];
}

const TOP = 5;
const CHANNELS = 3;
/** Bounds memory, not results: images do not see each other. */
const BATCH = 32;

/** A checkpoint, loaded into TensorFlow in this process. */
export class Predictor {
  readonly #engine: Engine;
  readonly #classes: readonly string[];
  readonly #view: Crop;
  readonly checkpoint: string;

  private constructor(engine: Engine, classes: readonly string[], view: Crop, checkpoint: string) {
    this.#engine = engine;
    this.#classes = classes;
    this.#view = view;
    this.checkpoint = checkpoint;
  }

  /** @throws TENSORFLOW_MISSING */
  static async open(trained: TrainedNet): Promise<Predictor> {
    const { net, profile, meanImage, weights, classes, checkpoint, storedSide: side } = trained;
    // A few images are no work for a GPU that is training.
    const tensorflow = openTensorflow({ device: 'cpu' });
    const engine = await createEngine({ tensorflow, net, profile, meanImage });
    engine.load({ model: weights, optimizer: startOptimizer(net, profile.optimizer) });
    const size = profile.net.input;
    const margin = centreOf(side, size);
    const view = { side, size, top: margin, left: margin, mirror: false };
    return new Predictor(engine, classes, view, checkpoint);
  }

  /** One centre view of each image. @throws IMAGE_UNREADABLE naming the file */
  async predict(files: readonly string[]): Promise<Prediction[]> {
    const predictions: Prediction[] = [];
    for (let first = 0; first < files.length; first += BATCH) {
      const batch = files.slice(first, first + BATCH);
      const squares: Buffer[] = [];
      for (const file of batch) squares.push(await readSquare(file, this.#view.side));
      const tops = this.predictSquares(squares);
      predictions.push(...batch.map((image, at) => ({ image, top: tops[at] ?? [] })));
    }
    return predictions;
  }

  /** One centre view of each of a few images in their stored form, uint8 [side, side, 3]. */
  predictSquares(squares: readonly Uint8Array[]): Prediction['top'][] {
    const imageBytes = this.#view.size * this.#view.size * CHANNELS;
    const pixels = new Uint8Array(squares.length * imageBytes);
    for (const [at, square] of squares.entries()) cropInto(square, this.#view, pixels, at * imageBytes);
    const probabilities = this.#engine.predict({
      slices: [{ pixels, lighting: new Float32Array(squares.length * CHANNELS) }],
    });
    const classes = this.#classes.length;
    return squares.map((_, at) => this.#top(probabilities.subarray(at * classes, (at + 1) * classes)));
  }

  #top(probabilities: Float32Array): Prediction['top'] {
    return [...probabilities]
      .map((probability, index) => ({ class: this.#classes[index] ?? String(index), probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, TOP);
  }
}

/** The stored form of an image file: [side, side, 3]. @throws IMAGE_UNREADABLE naming the file */
async function readSquare(file: string, side: number): Promise<Buffer> {
  try {
    return await decodeSquare(await readFile(file), side);
  } catch (cause) {
    throw new AlexnetError('IMAGE_UNREADABLE', {
      expected: `${file} to be an image file`,
      actual: cause instanceof AlexnetError ? cause.actual : messageOf(cause),
      remedy: 'Check the path and the file; JPEG, PNG, GIF, WebP, TIFF and AVIF are read.',
      cause,
    });
  }
}
