import * as z from 'zod';

const whole = z.number().int().nonnegative();
const fraction = z.number().min(0).max(1);

/** What every event has: how many updates the run had made, and when it was, in milliseconds since 1970. */
const moment = { step: whole, at: z.number() };

/**
 * What happened in training, apart from its steps. A repeated step repeats its events, so they are rolled back together
 * with the model.
 */
export const TrainingEvent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('checkpoint'), ...moment, name: z.string() }),
  z.strictObject({
    kind: z.literal('validation'),
    ...moment,
    /** From 0. */
    epoch: whole,
    loss: z.number(),
    top1Error: fraction,
    top5Error: fraction,
  }),
  z.strictObject({
    kind: z.literal('rate-reduced'),
    ...moment,
    /** The learning rates of the kernels. */
    from: z.number(),
    to: z.number(),
  }),
]);
export type TrainingEvent = z.infer<typeof TrainingEvent>;
