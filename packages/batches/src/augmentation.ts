import { RandomStream, type Purpose } from '@alexnet/core';
import { centreOf } from '@alexnet/images';
import type { Views } from '@alexnet/tensor-store';
import { crop, type CropPlace } from './augmentations/crop.ts';
import { erase } from './augmentations/erase.ts';
import type { AugmentationKind, AugmentationRecipe, InputFacts, Sides } from './augmentations/kind.ts';
import { lighting } from './augmentations/lighting.ts';
import { mirror } from './augmentations/mirror.ts';

export const CHANNELS = 3;

/**
 * By the key of `augment` that sets each, in the order in which they draw and are applied. A key of the profile without
 * its augmentation does not compile.
 */
const AUGMENTATIONS = { crop, mirror, lighting, erase } satisfies Record<
  keyof AugmentationRecipe,
  AugmentationKind
>;

type Both<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** What was drawn for one use of one image, by all augmentations. */
export type Augmentation = Both<ReturnType<(typeof AUGMENTATIONS)[keyof typeof AUGMENTATIONS]['draw']>>;

const KINDS = Object.values(AUGMENTATIONS) as AugmentationKind<Augmentation>[];

/** Which part of an image is looked at. */
export interface View extends CropPlace {
  mirror: boolean;
}

/**
 * Draws for one sample in one epoch: a pure function of its arguments. All draws of a shared stream are made whether they
 * are used or not, so that switching one augmentation off leaves the others as they were.
 */
export function drawAugmentation(
  recipe: AugmentationRecipe,
  sides: Sides,
  { seed, epoch, sample }: { seed: number; epoch: number; sample: number },
): Augmentation {
  const streams = new Map<Purpose, RandomStream>();
  const drawn = KINDS.map((kind) => {
    const stream = streams.get(kind.purpose) ?? new RandomStream(seed, kind.purpose, epoch, sample);
    streams.set(kind.purpose, stream);
    return kind.draw(stream, recipe, sides);
  });
  return Object.assign({}, ...drawn) as Augmentation;
}

/**
 * Makes the changes to pixels that are neither the crop's, nor the mirror's, nor the training graph's.
 * @param pixels uint8 [side, side, 3], cropped and mirrored; changed in place
 */
export function applyAugmentation(pixels: Uint8Array, drawn: Augmentation, input: InputFacts): void {
  for (const kind of KINDS) kind.apply?.(pixels, drawn, input);
}

/**
 * The views that an image is tested in: one, its centre; or ten, "the four corner patches and the center patch as well
 * as their horizontal reflections" (paper §4.1).
 */
export function testView(views: Views, view: number, { stored, input }: Sides): View {
  const centre = centreOf(stored, input);
  if (views === 1) return { top: centre, left: centre, mirror: false };
  const end = stored - input;
  const places = [
    [centre, centre],
    [0, 0],
    [0, end],
    [end, 0],
    [end, end],
  ] as const;
  const [top, left] = places[view % places.length] as readonly [number, number];
  return { top, left, mirror: view >= places.length };
}
