import * as z from 'zod';
import type { Schedule } from './schedule.ts';

const schema = z.strictObject({
  kind: z.literal('constant').describe('never changes'),
});

export const constant = {
  schema,
  factors: () => 1,
} satisfies Schedule<z.infer<typeof schema>>;
