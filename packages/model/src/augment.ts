import * as z from 'zod';

/**
 * `augment` of a profile. Each key but `lightingDivisor`, which the training graph reads, is an augmentation of
 * `packages/batches/src/augmentations`. A key that is not in old specs is optional, so that these stay as they are.
 */
export const AugmentSchema = z.strictObject({
  crop: z.enum(['random', 'centre']).describe('where the input is cut out of the stored square'),
  mirror: z.boolean().describe('reflects half of the samples'),
  lighting: z.enum(['stddev', 'eigenvalue', 'off']).describe('scale of the PCA lighting: √λ, λ, or none'),
  lightingDivisor: z
    .number()
    .positive()
    .default(1)
    .describe('in training the lit input is divided by this, so that its scale stays that of test images'),
  erase: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .meta({ default: 0 })
    .describe('share of the samples in which a rectangle gets the mean colour (random erasing)'),
});
