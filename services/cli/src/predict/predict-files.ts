import { hasCode, type AlexnetError } from '@alexnet/core';
import type { Predictor, TopClasses } from '@alexnet/pipeline';
import type { ImagePath } from './image-paths.ts';
import { readSquare } from './read-square.ts';

export interface Prediction {
  /** Path, as it was given. */
  image: string;
  top: TopClasses;
}

/** What is predicted of a path, or why nothing is. */
export type FilePrediction = Prediction | { image: string; error: AlexnetError };

/** Images of one call of TensorFlow. */
const BATCH = 32;
/** Images whose files or pixels are in memory at a time: those being decoded while a batch is predicted. */
const IN_HAND = 4 * BATCH;

type Decoded = { image: string } & ({ square: Buffer } | { error: AlexnetError });

/**
 * Predicts images from their files, in the order of the paths. Files are decoded in threads while those before them are
 * predicted; at most {@link IN_HAND} are in memory. A file that cannot be read or decoded does not affect the others.
 * @param top classes of each image
 */
export async function* predictFiles(
  predictor: Predictor,
  paths: readonly ImagePath[],
  top: number,
): AsyncGenerator<FilePrediction> {
  const decoding: Promise<Decoded>[] = [];
  let next = 0;
  const decodeMore = (): void => {
    for (; decoding.length < IN_HAND && next < paths.length; next++) {
      const decoded = decode(paths[next] as ImagePath, predictor.side);
      // What fails is thrown where it is awaited.
      decoded.catch(() => undefined);
      decoding.push(decoded);
    }
  };
  decodeMore();
  while (decoding.length > 0) {
    const batch = await Promise.all(decoding.splice(0, BATCH));
    decodeMore();
    yield* predictBatch(predictor, batch, top);
  }
}

function predictBatch(predictor: Predictor, batch: readonly Decoded[], top: number): FilePrediction[] {
  const squares = batch.flatMap((decoded) => ('square' in decoded ? [decoded.square] : []));
  const tops = squares.length === 0 ? [] : predictor.predict(squares, top);
  return batch.map((decoded) =>
    'error' in decoded ? decoded : { image: decoded.image, top: tops.shift() ?? [] },
  );
}

async function decode({ path: image, error: known }: ImagePath, side: number): Promise<Decoded> {
  if (known !== undefined) return { image, error: known };
  try {
    return { image, square: await readSquare(image, side) };
  } catch (error) {
    if (hasCode(error, 'IMAGE_UNREADABLE')) return { image, error };
    throw error;
  }
}
