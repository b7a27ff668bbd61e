import { layoutError } from '../layout/layout-errors.ts';
import { LabelledTree, labels } from '../labelled-tree.ts';
import { linesOf, readText } from '../small-file.ts';
import type { Entry, FileTree, Source } from '../source.ts';
import { wordsOf } from './kaggle.ts';
import { isWnid } from './wnid.ts';

/** The published `words.txt` has 2.7 MB. */
const MOST_BYTES = 64 * 1024 ** 2;
const ANNOTATIONS = 'val/val_annotations.txt';

/**
 * Tiny ImageNet (https://cs231n.stanford.edu): `train/WNID/images/`, and `val/images/`, whose classes are in
 * `val/val_annotations.txt`.
 * @returns undefined where it is something else
 * @throws SOURCE_LAYOUT for an image without an annotation
 */
export async function openTinyImageNet(tree: FileTree, root: readonly Entry[]): Promise<Source | undefined> {
  if (!root.some(({ name }) => name === 'wnids.txt')) return undefined;
  const annotations = await readText(tree, ANNOTATIONS, MOST_BYTES);
  if (annotations === undefined) return undefined;
  const words = wordsOf((await readText(tree, 'words.txt', MOST_BYTES)) ?? '');
  const classes = new Map(
    linesOf(annotations).map((line): [string, string] => {
      const [file = '', wnid = ''] = line.split('\t');
      return [file, wnid];
    }),
  );
  const wnids = new Set(
    linesOf((await readText(tree, 'wnids.txt', MOST_BYTES)) ?? '').map((line) => line.trim()),
  );
  const label = labels();
  return new LabelledTree(tree, {
    format: 'Tiny ImageNet',
    words: new Map([...words].filter(([wnid]) => wnids.has(wnid))),
    labelOf(name) {
      const [split, wnid = '', , ...rest] = name.split('/');
      if (split === 'train')
        return isWnid(wnid) && rest.length > 0 && isImage(name) ? label('train', wnid) : undefined;
      const [, file] = /^val\/images\/([^/]+)$/.exec(name) ?? [];
      if (file === undefined || !isImage(file)) return undefined;
      const shown = classes.get(file);
      if (shown !== undefined && isWnid(shown)) return label('val', shown);
      throw layoutError(tree, `${name}, which is not in ${ANNOTATIONS}`, 'Fetch the archive again.');
    },
  });
}

/** The folders of the classes also hold lists of boxes. */
const isImage = (name: string): boolean => !name.endsWith('.txt');
