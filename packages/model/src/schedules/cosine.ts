import * as z from 'zod';
import type { Schedule } from './schedule.ts';

const schema = z.strictObject({
  kind: z.literal('cosine').describe('falls to 0 along half a cosine, after a linear warm-up'),
  warmUp: z.number().min(0).lt(1).default(0).describe('share of the run in which the rate rises linearly'),
});

/**
 * Cosine annealing without restarts (Loshchilov and Hutter, "SGDR", ICLR 2017) after a linear warm-up (Goyal et al.,
 * "Accurate, large minibatch SGD", 2017). With N steps, of which W = warmUp·N are warm-up, step i (from 0) has
 *
 *     (i + 1) / W                          where i + 1 < W: the first step already learns
 *     (1 + cos(π·(i − W) / (N − W))) / 2   from step W on
 *
 * and a step between the two has the full rate.
 */
export const cosine = {
  schema,
  factors({ warmUp }, { step, steps }) {
    const warmUpSteps = warmUp * steps;
    if (step < warmUpSteps) return Math.min(1, (step + 1) / warmUpSteps);
    return (1 + Math.cos((Math.PI * (step - warmUpSteps)) / (steps - warmUpSteps))) / 2;
  },
} satisfies Schedule<z.infer<typeof schema>>;
