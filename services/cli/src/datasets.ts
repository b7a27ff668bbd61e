import { printable } from '@alexnet/core';
import type { Manifest } from '@alexnet/datasets';
import type { DatasetStatus } from '@alexnet/pipeline';
import { duplicatesFound } from './ui/duplicates.ts';
import { classText, counted, facts, percent, plural, thousands } from './ui/format.ts';
import { errorDetails } from './ui/output.ts';

/** The fields that other tools may rely on. */
export function datasetSummary(manifest: Manifest): object {
  const { name, classes, splits, quarantined, statistics, digest } = manifest;
  const { format, words, warned, ignored, leftOut, droppedClasses, duplicates = null } = manifest;
  const split = ({ count, shards }: Manifest['splits']['train']): object => ({
    count,
    shards: shards.length,
  });
  const { mean, eigenvalues } = statistics;
  return {
    name,
    status: 'ready' satisfies DatasetStatus['status'],
    format,
    classes,
    words,
    splits: { train: split(splits.train), val: split(splits.val) },
    quarantined,
    warned,
    ignored,
    leftOut,
    droppedClasses,
    duplicates,
    mean,
    eigenvalues,
    digest,
  };
}

const CLASSES_SHOWN = 12;

export function describeDataset(manifest: Manifest): string {
  const { name, classes, splits, quarantined, statistics, digest } = manifest;
  const { mean, eigenvalues } = statistics;
  const total = splits.train.count + splits.val.count + quarantined.count;
  const shown = (each: string): string => classText(each, manifest.words[each]);
  const more = classes.length > CLASSES_SHOWN ? `, … (${thousands(classes.length)})` : ` (${classes.length})`;
  return `${name}\n${facts([
    ['source', manifest.source],
    ...(manifest.format === '' ? [] : [['read as', manifest.format] as [string, string]]),
    ['classes', classes.slice(0, CLASSES_SHOWN).map(shown).join(', ') + more],
    ['train', `${thousands(splits.train.count)} images in ${splits.train.shards.length} shards`],
    ['val', `${thousands(splits.val.count)} images in ${splits.val.shards.length} shards`],
    [
      'quarantined',
      quarantined.count === 0
        ? 'none'
        : `${quarantined.count} (${percent(quarantined.count / total)}): ${counted(quarantined.reasons)}; listed in datasets/${name}/quarantine.jsonl`,
    ],
    ...(Object.keys(manifest.warned).length === 0
      ? []
      : [['warned', `${counted(manifest.warned)}; kept, since no pixel is in doubt`] as [string, string]]),
    ['duplicates', describeDuplicates(manifest)],
    ...notTaken(manifest),
    ['mean RGB', mean.map((value) => value.toFixed(1)).join('  ')],
    ['√λ of PCA', eigenvalues.map((value) => Math.sqrt(value).toFixed(1)).join('  ')],
    ['digest', digest],
  ])}`;
}

function describeDuplicates({ name, duplicates }: Manifest): string {
  if (duplicates === undefined) return 'not looked for: an earlier version made the dataset';
  const { unknown, dropped } = duplicates;
  const found = duplicatesFound(duplicates, dropped > 0 ? `left out of train` : 'kept');
  const notSeen = unknown === 0 ? '' : `; ${thousands(unknown)} images not looked at`;
  return found === 'none'
    ? `none${notSeen}`
    : `${found}${notSeen}; listed in datasets/${name}/duplicates.jsonl`;
}

/** What of the source is no part of the dataset, where there is any. */
function notTaken({ ignored, leftOut, droppedClasses }: Manifest): [string, string][] {
  const folders = Object.entries(leftOut).map(
    ([folder, count]) => `${printable(folder)}/ (${plural(count, 'image')})`,
  );
  const lines: [string, string][] = [
    ['left out', folders.join(', ')],
    [
      'dropped',
      droppedClasses.length === 0
        ? ''
        : `${droppedClasses.map(printable).join(', ')}: no image that can be read`,
    ],
    ['ignored', counted(ignored)],
  ];
  return lines.filter(([, text]) => text !== '');
}

/** The state in a word or two, e.g. "making 45 %". */
export function datasetStateText({ status, progress }: DatasetStatus): string {
  if (status !== 'making' || progress === null) return status;
  const { phase, images, imagesDone } = progress;
  if (phase === 'listing') return 'listing';
  return `making ${((100 * imagesDone) / Math.max(1, images)).toFixed(0)} %`;
}

/** What is done in the phases in which no shards are made. */
export const PHASES = {
  ...{ queued: 'waiting for a worker', listing: 'listing the images', finishing: 'statistics' },
  done: 'done',
} as const;

/** A dataset that cannot be trained on: how far it is, or why not. */
export function describeUnfinished(dataset: DatasetStatus): string {
  const { name, status, source, progress, error } = dataset;
  const lines: [string, string][] = source === null ? [] : [['source', source]];
  if (progress !== null) {
    const { phase, images, imagesDone, shards, shardsDone, quarantined } = progress;
    const done =
      phase === 'shards' || phase === 'done'
        ? `${thousands(imagesDone)} of ${thousands(images)} images, ${thousands(shardsDone)} of ${thousands(shards)} shards`
        : PHASES[phase];
    lines.push(['progress', quarantined === 0 ? done : `${done}, ${thousands(quarantined)} quarantined`]);
  }
  if (error !== null) lines.push(['error', error.code], ...errorDetails(error));
  const advice = ADVICE[status]?.(name);
  if (advice !== undefined) lines.push(['do', advice]);
  return [`${name}  ${status}`, ...(lines.length > 0 ? [facts(lines)] : [])].join('\n');
}

const ADVICE: Partial<Record<DatasetStatus['status'], (name: string) => string>> = {
  removing: (name) => `If the removal was cut off, finish it with: alexnet dataset remove ${name}`,
  unfinished: () => 'Ask again when Redis can be reached: it knows how far the dataset is.',
};
