import * as z from 'zod';
import { askPython } from './python.ts';

/** Differences are norms of differences over norms of the reference. */
const Comparison = z.object({
  /** The reference's, of each step. */
  losses: z.array(z.number()),
  activations: z.array(z.object({ name: z.string(), shape: z.array(z.number()), difference: z.number() })),
  parameters: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.number()),
      gradient: z.number(),
      /** After the last step; null where only the first batch was compared. */
      weight: z.number().nullable(),
      /** The same difference as a share of the way that the weight went. */
      way: z.number().nullable(),
    }),
  ),
});
export type Comparison = z.infer<typeof Comparison>;

export interface ComparisonOptions {
  precision: 'float32' | 'float64';
  /** `framework`: the momentum of PyTorch's SGD and TensorFlow's MomentumOptimizer, which is not the paper's. */
  rule?: 'paper' | 'framework';
  /** Leaves the training out. */
  firstBatchOnly?: boolean;
}

/** Computes a case in JAX and says how far ours is from that. @throws Error with what Python said */
export async function compareWithJax(
  python: string,
  folder: string,
  { precision, rule = 'paper', firstBatchOnly = false }: ComparisonOptions,
): Promise<Comparison> {
  const options = [
    '--precision',
    precision,
    '--rule',
    rule,
    ...(firstBatchOnly ? ['--first-batch-only'] : []),
  ];
  return Comparison.parse(await askPython(python, 'reference.py', folder, ...options));
}
