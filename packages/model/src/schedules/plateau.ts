import * as z from 'zod';
import type { Schedule } from './schedule.ts';
import { fallFactor } from './steps.ts';

const schema = z.strictObject({
  kind: z.literal('plateau').describe('falls when the validation error stops improving'),
  factor: fallFactor,
  patience: z
    .number()
    .int()
    .positive()
    .describe('epochs without a lower validation error before the rate falls'),
  drops: z.number().int().min(0).describe('how often the rate falls; the next plateau ends the run'),
});

/**
 * §5 of the paper: "divide the learning rate by 10 when the validation error rate stopped improving". An error that is
 * not below the best counts as stale; `patience` stale epochs in a row lower the rate, and after `drops` of these end
 * the run.
 */
export const plateau = {
  schema,
  factors: ({ factor }, _, { drops }) => factor ** drops,
  afterValidation({ patience, drops }, state) {
    if (state.stale < patience) return state;
    if (state.drops === drops) return { ...state, finished: true };
    return { ...state, stale: 0, drops: state.drops + 1 };
  },
} satisfies Schedule<z.infer<typeof schema>>;
