import type { Folder } from './folder-tree.ts';
import { splitName, splitOf } from './split-names.ts';
import { listed, quoted, TAKE_AS_CLASSES, type Refusal } from '../wording.ts';

type Folders = ReadonlyMap<string, Folder>;

/** Why folders are no classes though none is named as a split is: they are parts of a dataset. */
export function findParts(folders: Folders): Refusal | undefined {
  return findSplitsInNames(folders) ?? findSameFolders(folders);
}

/** Folders whose names differ only in the split that they name: `cats_train`, `cats_test`. */
function findSplitsInNames(folders: Folders): Refusal | undefined {
  const first = new Map<string, { name: string; kind: string }>();
  for (const name of folders.keys()) {
    const split = splitOf(name);
    if (split === undefined) continue;
    const other = first.get(split.rest);
    if (other === undefined) first.set(split.rest, { name, kind: split.kind });
    else if (other.kind !== split.kind) {
      const [train, held] = split.kind === 'train' ? [name, other.name] : [other.name, name];
      return {
        found: `${listed([other.name, name])}, which are named as splits of one thing`,
        advice: `If each holds CLASS/ folders: --train ${quoted(train)} --val ${quoted(held)}. Otherwise move the images into train/CLASS/ and val/CLASS/ folders. ${TAKE_AS_CLASSES}`,
      };
    }
  }
  return undefined;
}

/** Folders that hold the same folders: `fold1/cat`, `fold1/dog`, `fold2/cat`, `fold2/dog`. */
function findSameFolders(folders: Folders): Refusal | undefined {
  const first = new Map<string, string[]>();
  for (const [name, { folders: inner }] of folders) for (const each of inner) add(first, each, name);
  const shared = new Map<string, { names: [string, string]; count: number }>();
  for (const holders of first.values()) {
    for (const other of holders.slice(1, PAIRS)) {
      const names: [string, string] = [holders[0] as string, other];
      const key = names.join('/');
      const found = shared.get(key) ?? { names, count: 0 };
      shared.set(key, { names, count: found.count + 1 });
    }
  }
  for (const { names, count } of shared.values()) {
    const sizes = names.map((name) => folders.get(name)?.folders.size ?? 0);
    if (count < 2 || count * 2 < Math.min(...sizes)) continue;
    const inner = [...(folders.get(names[0])?.folders ?? [])].filter((each) =>
      folders.get(names[1])?.folders.has(each),
    );
    if (inner.filter((each) => splitName(each) !== undefined).length > 1) {
      return {
        found: `${listed(names)} with splits in each (${inner.slice(0, 3).join(', ')})`,
        advice: `Turn the folders round: train/${names[0]}/ and val/${names[0]}/ instead of ${names[0]}/train/ and so on. ${TAKE_AS_CLASSES}`,
      };
    }
    return {
      found: `${listed(names)} with the same folders in each (${inner.slice(0, 3).join(', ')}), which look like parts of a dataset, not like classes`,
      advice: `If they are splits, name them: --train ${quoted(names[0])} --val ${quoted(names[1])}. ${TAKE_AS_CLASSES}`,
    };
  }
  return undefined;
}

/** Holders of a folder that are compared with the first one. */
const PAIRS = 100;

function add(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
