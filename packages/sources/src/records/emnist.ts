import { AlexnetError } from '@alexnet/core';
import { nameByDigits, pair } from './idx.ts';
import { recordsInvalid, recordsMissing } from './records.ts';
import type { Records, RecordSet, RecordSplit } from './records.ts';
import type { Entry, FileTree, FoundFile } from '../source.ts';
import type { Split } from '../splits.ts';

const FILE = /^emnist-([a-z]+)-(?:train|test)-(?:images|labels)[-.]idx[13]-ubyte(?:\.gz)?$/;
const MAPPING_LIMIT = 16 * 1024;

/**
 * Finds EMNIST (https://www.nist.gov/itl/products-and-services/emnist-dataset) in its IDX files, of which there are six sets:
 * balanced, byclass, bymerge, digits, letters, mnist. Their images lie on their sides, and are turned back.
 * @returns undefined where there is no file of it
 * @throws SOURCE_LAYOUT for files of several sets, or where some are missing; both to test with may be
 */
export async function findEmnist(source: FileTree, root: readonly Entry[]): Promise<RecordSet | undefined> {
  const names = root.filter(({ isFolder }) => !isFolder).map(({ name }) => name);
  const sets = [...new Set(names.flatMap((name) => FILE.exec(name)?.[1] ?? []))].sort();
  const [set] = sets;
  if (set === undefined) return undefined;
  if (sets.length > 1) {
    throw new AlexnetError('SOURCE_LAYOUT', {
      expected: `the files of one set of EMNIST in ${source.url}`,
      actual: `those of ${sets.join(', ')}`,
      remedy: `Put the files of the one that is meant into a folder of their own: emnist-${set}-*.`,
    });
  }
  const wanted = ['train-images-idx3', 'train-labels-idx1', 'test-images-idx3', 'test-labels-idx1'].map(
    (part) => `emnist-${set}-${part}-ubyte`,
  );
  const found = await Promise.all(wanted.map((name) => findSpelled(source, names, name)));
  const [images, labels, testImages, testLabels] = found;
  const halfTest = (testImages === undefined) !== (testLabels === undefined);
  if (images === undefined || labels === undefined || halfTest) {
    const missing = wanted.filter((_, i) => found[i] === undefined);
    throw recordsMissing(source, `${wanted.join(', ')}, each plain or with .gz,`, missing);
  }
  const splits = new Map<Split, RecordSplit>([['train', turned(pair(source, images, labels))]]);
  if (testImages !== undefined && testLabels !== undefined)
    splits.set('val', turned(pair(source, testImages, testLabels)));
  const mapping = await source.find(`emnist-${set}-mapping.txt`);
  const naming = (): Promise<(label: number) => string> =>
    mapping === undefined ? nameByDigits(source, labels) : readMapping(source, mapping);
  return { format: `EMNIST (${set})`, splits, naming };
}

async function findSpelled(
  source: FileTree,
  names: readonly string[],
  name: string,
): Promise<FoundFile | undefined> {
  const plain = [name, name.replace('-idx', '.idx')];
  const known = [...plain, ...plain.map((each) => `${each}.gz`)].find((each) => names.includes(each));
  return known === undefined ? undefined : await source.find(known);
}

/** The columns of each image are its rows. */
function turned({ files, read }: RecordSplit): RecordSplit {
  return {
    files,
    async read(): Promise<Records> {
      const records = await read();
      const { width: rows, height: columns } = records;
      const pixels = (index: number): Uint8Array => {
        const stored = records.pixels(index);
        return new Uint8Array(stored.length).map(
          (_, i) => stored[(i % columns) * rows + Math.floor(i / columns)] as number,
        );
      };
      return { ...records, width: columns, height: rows, pixels };
    },
  };
}

/** Lines such as `10 65`, or `1 65 97`: a label, and the ASCII codes of what is written; the first of these is the name. */
async function readMapping(source: FileTree, file: FoundFile): Promise<(label: number) => string> {
  const wrong = (actual: string): Error =>
    recordsInvalid(source, file, {
      expected: 'lines of a label and the ASCII codes of a letter or digit, each label and each letter once,',
      actual,
    });
  if (file.size > MAPPING_LIMIT) throw wrong(`${file.size} bytes`);
  const names = new Map<number, string>();
  for (const line of (await source.read(file)).toString('latin1').split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const [, label, code] = /^\s*(\d{1,3})\s+(\d{1,3})(?:\s+\d{1,3})*\s*$/.exec(line) ?? [];
    const name = String.fromCharCode(Number(code));
    if (label === undefined || !/^[\dA-Za-z]$/.test(name) || names.has(Number(label)))
      throw wrong(JSON.stringify(line.slice(0, 80)));
    names.set(Number(label), name);
  }
  if (new Set(names.values()).size !== names.size) throw wrong('one twice');
  return (label) => {
    const name = names.get(label);
    if (name === undefined) throw wrong(`none for the label ${label}, which the images have`);
    return name;
  };
}
