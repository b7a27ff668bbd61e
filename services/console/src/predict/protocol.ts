import type { Selector } from '@alexnet/checkpoints';
import type { PredictedView, TopClasses } from '@alexnet/pipeline';

/** What the thread is asked: images of one run, each in its stored form or as the bytes of a file. */
export interface PredictRequest {
  run: string;
  selector: Selector;
  images: readonly ({ file: Uint8Array } | { square: Uint8Array })[];
}

export interface PredictedImage {
  /** uint8 [storedSide, storedSide, 3]: what the image became before the net looked at it. */
  square: Uint8Array;
  centre: TopClasses;
  mean: TopClasses;
}

export interface Predicted {
  checkpoint: string;
  step: number;
  storedSide: number;
  inputSide: number;
  views: PredictedView[];
  images: PredictedImage[];
}
