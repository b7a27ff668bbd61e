import { AlexnetError, firstOf } from '@alexnet/core';
import type { ObjectStore } from '@alexnet/storage';
import { datasetPrefix, QUARANTINE } from './keys.ts';
import type { Manifest } from './manifest-schema.ts';
import type { DatasetPlan } from './plan-format.ts';
import type { QuarantineRecord } from './shard-format.ts';

/** What the shards of a dataset came to. */
export interface Outcome {
  splits: Manifest['splits'];
  /** That occur in the train split. */
  labels: Set<number>;
  quarantined: QuarantineRecord[];
  /** Images of train that were left out since val has a copy of them. */
  dropped: number;
}

/** Where `--max-quarantined` does not say: a tenth of the files, but not for a few of a small dataset. */
const MOST_QUARANTINED = 0.1;
const A_FEW = 10;

/**
 * @throws DATASET_EMPTY where a class has no image to train on, TOO_MANY_QUARANTINED where more of the files than the
 *   spec allows could not be read
 */
export function checkUsable(store: ObjectStore, plan: DatasetPlan, outcome: Outcome): void {
  const { classes, source, spec } = plan;
  const { splits, labels, quarantined, dropped } = outcome;
  const left = dropped === 0 ? '' : `, after ${dropped} that val has a copy of were dropped`;
  const list = `${store.url}/${datasetPrefix(spec.name)}${QUARANTINE}`;
  const reasons = Object.entries(countReasons(quarantined)).map(([reason, count]) => `${count} ${reason}`);
  if (labels.size < 2) {
    const only = classes[[...labels][0] ?? -1];
    throw new AlexnetError('DATASET_EMPTY', {
      expected: `images of two classes at least in ${source}`,
      actual:
        `${splits.train.count} to train${only === undefined ? '' : `, all of class ${only}`}, ` +
        `and ${quarantined.length} that could not be decoded (${reasons.join(', ') || 'none'})${left}`,
      remedy: `Check the files listed in ${list}, then run the same command again.`,
    });
  }
  const empty = classes.filter((_, label) => !labels.has(label));
  if (empty.length > 0) {
    throw new AlexnetError('DATASET_EMPTY', {
      expected: `an image to train on in every class of ${source}`,
      actual: `none that can be read in ${empty.length} of ${classes.length} classes${left}: ${firstOf(empty)}`,
      remedy: `Repair the files listed in ${list}, remove the class folders, leave out such classes (--drop-empty-classes), or hold fewer images out (--val-fraction); then run the command again.`,
    });
  }
  checkShare(plan, outcome, list);
}

function checkShare({ source, spec }: DatasetPlan, { splits, quarantined }: Outcome, list: string): void {
  const files = splits.train.count + splits.val.count + quarantined.length;
  const limit = spec.maxQuarantined ?? MOST_QUARANTINED;
  const least = spec.maxQuarantined === undefined ? A_FEW : 0;
  if (quarantined.length <= limit * files || quarantined.length < least) return;
  const shown = quarantined.map(({ name, reason }) => `${JSON.stringify(name)} (${reason})`);
  throw new AlexnetError('TOO_MANY_QUARANTINED', {
    expected: `at most ${limit} of the ${files} files of ${source} to be unreadable (--max-quarantined)`,
    actual: `${quarantined.length}: ${firstOf(shown)}`,
    remedy: `Repair the files listed in ${list}, then run the same command again; or allow more with --max-quarantined.`,
  });
}

export function countReasons(records: readonly Pick<QuarantineRecord, 'reason'>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of records) counts[reason] = (counts[reason] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
