import * as z from 'zod';
import type { Schedule } from './schedule.ts';

/** Also of the plateau. */
export const fallFactor = z
  .number()
  .positive()
  .lt(1)
  .describe('what the rate is multiplied by when it falls');
const falls = {
  factor: fallFactor,
  at: z.array(z.number().min(0).max(1)).describe('shares of the run after which the rate falls'),
};

const schema = z.strictObject({
  kind: z.literal('steps').describe('falls at fixed shares of the run'),
  ...falls,
  biases: z.strictObject(falls).optional().describe('of the rate of biases, where that falls otherwise'),
});

/** The rate is multiplied by `factor` at each of the shares `at` of the run's steps. */
export const steps = {
  schema,
  factors({ biases, ...weights }, position) {
    const progress = position.step / position.steps;
    const fallen = ({ factor, at }: { factor: number; at: readonly number[] }): number =>
      factor ** at.filter((share) => progress >= share).length;
    return { weights: fallen(weights), biases: fallen(biases ?? weights) };
  },
} satisfies Schedule<z.infer<typeof schema>>;
