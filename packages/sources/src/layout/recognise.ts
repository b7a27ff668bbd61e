import { printable } from '@alexnet/core';
import type { Folder } from './folder-tree.ts';
import { splitName, type SplitName } from './split-names.ts';
import { listed, quoted, TAKE_AS_CLASSES, type Refusal } from '../wording.ts';

/** Where the class folders lie. */
export interface Splits {
  /** The folder of the train split: '' where the source itself is. */
  train: string;
  /** Of the val split; undefined where there is none. */
  val: string | undefined;
}

const KINDS: readonly SplitName['kind'][] = ['train', 'val', 'test'];

type Folders = ReadonlyMap<string, Folder>;
interface SplitFolder extends Folder, SplitName {
  name: string;
}

/**
 * What the folders of a source are: splits, or classes. It goes by the names and by what the folders hold, and refuses
 * where more than one reading makes sense.
 */
export function recognise(folders: Folders): Splits | Refusal {
  const held = [...folders].filter(([, { images }]) => images > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const splits = held.flatMap(([name, folder]): SplitFolder[] => {
    const split = splitName(name);
    return split === undefined ? [] : [{ name, ...folder, ...split }];
  });
  splits.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.name < b.name ? -1 : 1));
  const others = held.filter(([name]) => splitName(name) === undefined);
  if (splits.length === 0) return noSplits(folders, others);
  const trains = splits.filter(({ kind, usual }) => kind === 'train' && usual);
  const vals = splits.filter(({ kind, usual }) => kind === 'val' && usual);
  for (const [twice, split] of [
    [trains, 'train'],
    [vals, 'val'],
  ] as const)
    if (twice.length > 1) return ambiguous(twice, split, trains[0]);
  const [train] = trains;
  const [val] = vals;
  const isOnly = splits.length === 1;
  const flatOthers = others.every(([, { folders: inner }]) => inner.size === 0);
  if (isOnly && others.length > 0) {
    // A class that is called as a split is: a railway train, or what is not "invalid".
    const isFlat = (splits[0] as SplitFolder).folders.size === 0;
    const isMixed = (train?.direct ?? 0) > 0;
    if (train !== undefined && (isFlat || (isMixed && flatOthers))) return { train: '', val: undefined };
    if (val?.name.toLowerCase() === 'valid' && others.some(([name]) => /^in-?valid$/i.test(name)))
      return { train: '', val: undefined };
  }
  if (train === undefined || train.folders.size === 0) return noTrain(splits, others);
  const similar = splits.filter(({ kind, usual }) => kind !== 'test' && !usual);
  if (similar.length > 0) return unclear([train, ...similar]);
  if (val !== undefined && val.folders.size === 0) return noClasses(val);
  return { train: train.name, val: val?.name };
}

/** Folders that hold no images may still be splits, of files of another kind. */
function noSplits(folders: Folders, others: readonly unknown[]): Splits | Refusal {
  const names = [...folders].filter(([name, { files }]) => files > 0 && splitName(name) !== undefined);
  if (names.length === 0 || others.length > 0) return { train: '', val: undefined };
  return {
    found: `${listed(names.map(([name]) => name))} without a file that may be an image by its name`,
    advice: 'Unpack or convert the files into train/CLASS/ and val/CLASS/ folders of images.',
  };
}

function ambiguous(twice: readonly SplitFolder[], split: string, train: SplitFolder | undefined): Refusal {
  const [first] = twice.map(({ name }) => quoted(name));
  const options =
    split === 'train'
      ? `--train ${first ?? ''}`
      : `--train ${quoted(train?.name ?? 'DIR')} --val ${first ?? ''}`;
  return {
    found: `${twice.length} folders that may be the ${split} split: ${twice.map(shown).join(', ')}`,
    advice: `Say which one is meant, for instance: ${options}; or move one of them out.`,
  };
}

function noTrain(splits: readonly SplitFolder[], others: readonly (readonly [string, Folder])[]): Refusal {
  const nested = splits.find(({ kind, folders }) => kind === 'train' && folders.size > 0);
  const beside = others.length === 0 ? '' : `, beside ${listed(others.map(([name]) => name))}`;
  return {
    found: `${splits.map(shown).join(', ')}${beside}: named as splits are, without a train folder that holds class folders`,
    advice:
      (nested === undefined
        ? 'Move the images into train/CLASS/ and val/CLASS/ folders, or move out what is not to be used. '
        : `Name the splits: --train ${quoted(nested.name)}, and --val DIR where there is one. `) +
      TAKE_AS_CLASSES,
  };
}

const unclear = (splits: readonly SplitFolder[]): Refusal => ({
  found: `${splits.map(shown).join(', ')}: it is not clear which splits they are`,
  advice: 'Name the splits: --train DIR --val DIR; without --val, --val-fraction holds images out of train.',
});

const noClasses = (split: SplitFolder): Refusal => ({
  found: `${shown(split)}, but no class folders in it`,
  advice: `Move its images into ${split.name}/CLASS/ folders, or leave them out: --train train without --val.`,
});

const shown = ({ name, images, folders }: SplitFolder): string =>
  `${printable(name)}/ (${images} ${images === 1 ? 'image' : 'images'}${folders.size === 0 ? ', no folders' : ` in ${folders.size} ${folders.size === 1 ? 'folder' : 'folders'}`})`;
