import { bestValidation } from './best-validation.ts';
import type { EpochRecord } from './progress.ts';

export interface VariantResult {
  variant: string;
  run: string;
  /** `broken-down`: its loss became NaN or infinite, and its numbers are those of its last checkpoint. */
  outcome: 'done' | 'broken-down';
  history: readonly EpochRecord[];
}

/** What a variant came to. Errors are shares of 1; null where there is no epoch, or no validation, to tell. */
export interface VariantSummary {
  variant: string;
  run: string;
  outcome: VariantResult['outcome'];
  epochs: number;
  final: ErrorRates | null;
  /** Of the epoch with the least top-1 error. */
  best: (ErrorRates & { epoch: number }) | null;
  trainingLoss: number | null;
  trainingTop1Error: number | null;
  /** Epochs until the training error was at the threshold or below; null where it never was. */
  epochsToThreshold: number | null;
  /** Final validation top-1 error less that of the full net. */
  difference: number | null;
}

export interface AblationSummary {
  /** Training top-1 error, 0 … 1; null where the full net has no epoch to take it from. */
  threshold: number | null;
  variants: VariantSummary[];
}

interface ErrorRates {
  top1Error: number;
  top5Error: number;
}

/**
 * Compares the variants with the full net, which is the first.
 * @param threshold training top-1 error, 0 … 1; the full net's last one unless given
 */
export function summariseAblation(
  results: readonly VariantResult[],
  threshold = results[0]?.history.at(-1)?.top1Error,
): AblationSummary {
  const full = finalValidation(results[0]);
  return {
    threshold: threshold ?? null,
    variants: results.map((result) => {
      const { variant, run, outcome, history } = result;
      const last = history.at(-1);
      const final = finalValidation(result);
      const reached = history.find(({ top1Error }) => threshold !== undefined && top1Error <= threshold);
      return {
        ...{ variant, run, outcome, epochs: history.length, final, best: bestOf(history) },
        trainingLoss: last?.loss ?? null,
        trainingTop1Error: last?.top1Error ?? null,
        epochsToThreshold: reached === undefined ? null : reached.epoch + 1,
        difference: final === null || full === null ? null : final.top1Error - full.top1Error,
      };
    }),
  };
}

function finalValidation(result: VariantResult | undefined): ErrorRates | null {
  const validation = result?.history.at(-1)?.validation ?? null;
  return validation && { top1Error: validation.top1Error, top5Error: validation.top5Error };
}

function bestOf(history: readonly EpochRecord[]): VariantSummary['best'] {
  const best = bestValidation(history);
  return best === undefined ? null : { ...best, epoch: best.epoch + 1 };
}
