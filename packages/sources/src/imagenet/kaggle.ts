import { layoutError } from '../layout/layout-errors.ts';
import { LabelledTree, labels } from '../labelled-tree.ts';
import { linesOf, readText } from '../small-file.ts';
import type { Entry, FileTree, Source } from '../source.ts';
import { isWnid, valNumber } from './wnid.ts';

/** The published list of the 50,000 validation images has 1.7 MB. */
const MOST_BYTES = 64 * 1024 ** 2;
const SOLUTION = 'LOC_val_solution.csv';
const WORDS = 'LOC_synset_mapping.txt';
/** Where the images may begin, relative to the source. */
const ROOTS = ['ILSVRC/Data/CLS-LOC/', 'Data/CLS-LOC/', 'CLS-LOC/'];

/**
 * ImageNet as Kaggle has it ("ImageNet Object Localization Challenge"): folders to train with, and validation images
 * without folders, whose classes are in `LOC_val_solution.csv`.
 * @returns undefined where it is something else
 * @throws SOURCE_LAYOUT where that list is missing, or does not have an image
 */
export async function openKaggle(tree: FileTree, root: readonly Entry[]): Promise<Source | undefined> {
  const folder = await findRoot(tree, root);
  if (folder === undefined) return undefined;
  const [solution, mapping] = await Promise.all([
    readText(tree, SOLUTION, MOST_BYTES),
    readText(tree, WORDS, MOST_BYTES),
  ]);
  const hasVal = (await tree.entries(`${folder}val`, 1)).length > 0;
  if (hasVal && solution === undefined) {
    throw layoutError(
      tree,
      `the validation images of ImageNet from Kaggle without ${SOLUTION}, which says what they show`,
      `Put ${SOLUTION} beside the folder ILSVRC.`,
    );
  }
  const classes = new Map(linesOf(solution ?? '').map(solutionOf));
  const label = labels();
  return new LabelledTree(tree, {
    format: 'ImageNet from Kaggle',
    words: wordsOf(mapping ?? ''),
    labelOf(name) {
      const [split, wnid = '', ...rest] = name.startsWith(folder) ? name.slice(folder.length).split('/') : [];
      if (split === 'train' && isWnid(wnid) && rest.length > 0) return label('train', wnid);
      const number = split === 'val' ? valNumber(name) : undefined;
      if (number === undefined) return undefined;
      const shown = classes.get(imageOf(number));
      if (shown !== undefined) return label('val', shown);
      throw layoutError(tree, `${name}, which is not in ${SOLUTION}`, 'Fetch the list again.');
    },
  });
}

async function findRoot(tree: FileTree, root: readonly Entry[]): Promise<string | undefined> {
  if (!root.some(({ name }) => ['ILSVRC', 'Data', 'CLS-LOC', SOLUTION].includes(name))) return undefined;
  for (const folder of ROOTS) {
    const entries = await tree.entries(`${folder}train`, 8);
    if (entries.some(({ name, isFolder }) => isFolder && isWnid(name))) return folder;
  }
  return undefined;
}

const imageOf = (number: number): string => `ILSVRC2012_val_${String(number).padStart(8, '0')}`;

/** `ILSVRC2012_val_00048981,n03995372 85 1 499 272 n03995372 …`: a WNID before each box, all the same. */
function solutionOf(line: string): [image: string, wnid: string] {
  const [image = '', prediction = ''] = line.split(',');
  return [image, prediction.trim().split(/\s+/)[0] ?? ''];
}

/** `n01440764 tench, Tinca tinca`. */
export const wordsOf = (text: string): Map<string, string> =>
  new Map(
    linesOf(text).flatMap((line): [string, string][] => {
      const [, wnid, words = ''] = /^(n\d{8})\s+(.*)$/.exec(line) ?? [];
      return wnid === undefined ? [] : [[wnid, words.trim()]];
    }),
  );
