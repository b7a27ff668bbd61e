import { formatProblem } from './format-problem.ts';
import type { FileTree } from './source.ts';

/** A text of a published dataset, such as its list of labels. @throws FORMAT_INVALID for one of more than `limit` bytes */
export async function readText(tree: FileTree, name: string, limit: number): Promise<string | undefined> {
  const found = await tree.find(name);
  if (found === undefined) return undefined;
  const url = `${tree.url}/${name}`;
  if (found.size > limit)
    throw formatProblem(url, { expected: `at most ${limit} bytes`, actual: `${found.size}` });
  return (await tree.read(found)).toString('utf8').replace(/^\ufeff/, '');
}

/** Lines that are not empty, without the ends that Windows gives them. */
export const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== '');
