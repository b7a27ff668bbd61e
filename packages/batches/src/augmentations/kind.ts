import type { Purpose, RandomStream } from '@alexnet/core';
import type { Profile } from '@alexnet/model';

/** How a stored image becomes an input in training: `augment` of a profile, without what the training graph does. */
export type AugmentationRecipe = Omit<Profile['augment'], 'lightingDivisor'>;

/** Sides in pixels: of stored images, and of the net's input. */
export interface Sides {
  stored: number;
  input: number;
}

/** What an augmentation may know of the image that it changes. */
export interface InputFacts {
  /** Of the input, in pixels. */
  side: number;
  /** Mean colour of the training set: red, green and blue, 0 … 255. */
  meanColour: readonly number[];
}

/** One augmentation. `Drawn` is what it draws for one use of one image. */
export interface AugmentationKind<Drawn extends object = object> {
  /**
   * The stream that it draws from. Augmentations of the same purpose share a stream, so the order and the number of their
   * draws are fixed; a new augmentation has a purpose of its own.
   */
  purpose: Purpose;
  /** A pure function of its arguments. */
  draw(random: RandomStream, recipe: AugmentationRecipe, sides: Sides): Drawn;
  /**
   * Changes cropped and mirrored pixels in place.
   * @param pixels uint8 [side, side, 3]
   */
  apply?(pixels: Uint8Array, drawn: Drawn, input: InputFacts): void;
}
