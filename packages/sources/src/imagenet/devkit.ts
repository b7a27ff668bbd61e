import { promisify } from 'node:util';
import { gunzip as gunzipCallback } from 'node:zlib';
import { messageOf } from '@alexnet/core';
import { ArchiveTree } from '../archives/archive-tree.ts';
import { containerKind } from '../archives/kind.ts';
import { TarArchive } from '../archives/tar.ts';
import { formatProblem } from '../format-problem.ts';
import { linesOf } from '../small-file.ts';
import type { Entry, FileTree, FoundFile } from '../source.ts';
import { readMat, type MatStruct } from './mat.ts';
import { isWnid } from './wnid.ts';

const gunzip = promisify(gunzipCallback);

/** The published one has 2.4 MB, and unpacks to 3. */
const MOST_BYTES = 64 * 1024 ** 2;
const META = 'meta.mat';
const GROUND_TRUTH = 'ILSVRC2012_validation_ground_truth.txt';

/** The development kit of ILSVRC2012: what the classes are, and which of them each validation image shows. */
export interface Devkit {
  /** By WNID. */
  words: ReadonlyMap<string, string>;
  /** The WNID of each validation image, in the order of their names. */
  groundTruth: readonly string[];
}

export const isPackedDevkit = (name: string): boolean => /devkit.*\.(tar\.gz|tgz|tar)$/i.test(name);

/**
 * Finds the kit in a folder: packed (`ILSVRC2012_devkit_t12.tar.gz`), unpacked beside the images, or its `data` alone.
 * @returns undefined where it is not there
 * @throws FORMAT_INVALID where it is damaged
 */
export async function findDevkit(tree: FileTree, root: readonly Entry[]): Promise<Devkit | undefined> {
  const packed = root.find(({ name, isFolder }) => !isFolder && isPackedDevkit(name));
  if (packed !== undefined) {
    const found = await tree.find(packed.name);
    if (found !== undefined) return await readDevkit(await unpacked(tree, found));
  }
  const folders = root.filter(({ name, isFolder }) => isFolder && /devkit|^data$/i.test(name));
  for (const { name } of folders) {
    for (const folder of [`${name}/data`, name]) {
      if ((await tree.find(`${folder}/${META}`)) !== undefined) return await readDevkit(tree, `${folder}/`);
    }
  }
  return undefined;
}

async function unpacked(tree: FileTree, file: FoundFile): Promise<FileTree> {
  const url = `${tree.url}/${file.name}`;
  if (file.size > MOST_BYTES)
    throw formatProblem(url, { expected: `at most ${MOST_BYTES} bytes`, actual: `${file.size}` });
  let bytes = await tree.read(file);
  if (containerKind(bytes) === 'gzip') {
    try {
      bytes = await gunzip(bytes, { maxOutputLength: MOST_BYTES });
    } catch (cause) {
      throw formatProblem(url, { expected: 'a sound gzip file', actual: messageOf(cause), cause });
    }
  }
  const read = (offset: number, length: number): Promise<Buffer> =>
    Promise.resolve(bytes.subarray(offset, offset + length));
  return new ArchiveTree(
    new TarArchive({ url, size: bytes.length, read }),
    { url, readRange: (_, offset, length) => read(offset, length), close: () => Promise.resolve() },
    file.name,
  );
}

async function readDevkit(tree: FileTree, root = ''): Promise<Devkit> {
  const names: string[] = [];
  for await (const { name } of root === '' ? tree.list() : inFolder(root)) names.push(name);
  const read = async (file: string): Promise<{ url: string; bytes: Buffer }> => {
    const name = names.find((each) => each === file || each.endsWith(`/${file}`));
    const found = name === undefined ? undefined : await tree.find(name);
    if (found === undefined)
      throw formatProblem(tree.url, { expected: `${file} of the development kit`, actual: 'no such file' });
    const url = `${tree.url}/${found.name}`;
    if (found.size > MOST_BYTES)
      throw formatProblem(url, { expected: `at most ${MOST_BYTES} bytes`, actual: `${found.size}` });
    return { url, bytes: await tree.read(found) };
  };
  const [meta, truth] = [await read(META), await read(GROUND_TRUTH)];
  const synsets = await readSynsets(meta.bytes, meta.url);
  const groundTruth = linesOf(truth.bytes.toString('latin1')).map((line, i) => {
    const wnid = synsets.get(Number(line))?.wnid;
    if (wnid !== undefined) return wnid;
    throw formatProblem(truth.url, {
      expected: `an ILSVRC2012_ID of meta.mat in line ${i + 1}`,
      actual: JSON.stringify(line.slice(0, 40)),
    });
  });
  return { words: new Map([...synsets.values()].map(({ wnid, words }) => [wnid, words])), groundTruth };
}

async function* inFolder(root: string): AsyncGenerator<{ name: string }> {
  await Promise.resolve();
  for (const file of [META, GROUND_TRUTH]) yield { name: root + file };
}

/** The classes by ILSVRC2012_ID. Synsets with children only group others: they are no classes. */
async function readSynsets(
  bytes: Buffer,
  url: string,
): Promise<ReadonlyMap<number, { wnid: string; words: string }>> {
  const invalid = (actual: string): Error =>
    formatProblem(url, { expected: 'the structures "synsets" of ILSVRC2012', actual });
  const synsets = (await readMat(bytes, url)).get('synsets');
  if (!Array.isArray(synsets) || synsets.some((each) => typeof each !== 'object'))
    throw invalid('no such variable, or another kind of one');
  const found = new Map<number, { wnid: string; words: string }>();
  for (const synset of synsets as MatStruct[]) {
    const { WNID: wnid, words, num_children: children } = synset;
    const [id] = Array.isArray(synset.ILSVRC2012_ID) ? synset.ILSVRC2012_ID : [];
    if (typeof id !== 'number' || typeof wnid !== 'string' || !isWnid(wnid) || typeof words !== 'string')
      throw invalid(`a structure with the fields ${Object.keys(synset).join(', ')}, or other values in them`);
    if (Array.isArray(children) && children[0] !== undefined && children[0] !== 0) continue;
    found.set(id, { wnid, words });
  }
  if (found.size === 0) throw invalid('no synset without children');
  return found;
}
