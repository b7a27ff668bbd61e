import { describe, expect, it } from 'vitest';
import { summariseAblation, type VariantResult } from './ablation-summary.ts';

/** A history from its training and validation top-1 errors. */
function result(variant: string, errors: [number, number | null][]): VariantResult {
  return {
    variant,
    run: `a-${variant}`,
    outcome: 'done',
    history: errors.map(([top1Error, validation], epoch) => ({
      epoch,
      step: 10 * (epoch + 1),
      loss: 2 * top1Error,
      top1Error,
      top5Error: top1Error / 2,
      learningRate: 0.01,
      validation:
        validation === null ? null : { loss: validation, top1Error: validation, top5Error: validation / 4 },
    })),
  };
}

const FULL = result('full', [
  [0.75, 0.5],
  [0.5, 0.25],
  [0.25, 0.375],
]);

describe('summariseAblation', () => {
  it('tells the last and the best epoch, and how far they are from the full net', () => {
    const tanh = result('tanh', [
      [0.75, 0.75],
      [0.25, 0.5],
      [0.125, 0.5],
    ]);
    const { threshold, variants } = summariseAblation([FULL, tanh]);
    expect(threshold).toBe(0.25);
    expect(variants[0]).toEqual({
      ...{ variant: 'full', run: 'a-full', outcome: 'done', epochs: 3 },
      final: { top1Error: 0.375, top5Error: 0.09375 },
      best: { epoch: 2, top1Error: 0.25, top5Error: 0.0625 },
      ...{ trainingLoss: 0.5, trainingTop1Error: 0.25, epochsToThreshold: 3, difference: 0 },
    });
    expect(variants[1]).toMatchObject({
      final: { top1Error: 0.5 },
      // Of two that are as good the first.
      best: { epoch: 2, top1Error: 0.5 },
      ...{ epochsToThreshold: 2, difference: 0.125 },
    });
  });

  it('takes another threshold, which a run may never come down to', () => {
    const slow = result('slow', [[0.5, 0.5]]);
    const { variants } = summariseAblation([FULL, slow], 0.4);
    expect(variants.map(({ epochsToThreshold }) => epochsToThreshold)).toEqual([3, null]);
  });

  it('has no numbers where there are none', () => {
    const broken: VariantResult = { ...result('broken', []), outcome: 'broken-down' };
    const unvalidated = result('unvalidated', [[0.5, null]]);
    const { threshold, variants } = summariseAblation([broken, unvalidated]);
    expect(threshold).toBeNull();
    expect(variants[0]).toMatchObject({ outcome: 'broken-down', epochs: 0, final: null, best: null });
    expect(variants[0]).toMatchObject({ trainingLoss: null, epochsToThreshold: null, difference: null });
    expect(variants[1]).toMatchObject({ final: null, trainingLoss: 1, difference: null });
  });
});
