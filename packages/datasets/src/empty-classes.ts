import { layoutError, type Layout, type Source, type SourceFile } from '@alexnet/sources';
import { readImage } from './read-image.ts';

/**
 * Takes the classes out of a layout of which no image to train on can be decoded. Their unreadable files go to
 * quarantine. Labels are given afterwards, so they have no gaps. Of most classes one file is read.
 * @throws SOURCE_LAYOUT where fewer than two classes are left
 */
export async function dropEmptyClasses(source: Source, layout: Layout, side: number): Promise<Layout> {
  const classes: string[] = [];
  const dropped = [...layout.dropped];
  const strays = [...layout.strays];
  for (const name of layout.classes) {
    const files = layout.train.get(name) ?? [];
    const problems = await problemsOf(source, files, side);
    if (problems === undefined) {
      classes.push(name);
      continue;
    }
    dropped.push(name);
    for (const problem of problems) strays.push(problem);
    for (const { name: file } of layout.val?.get(name) ?? [])
      layout.leftOut.image(file.split('/').slice(0, -1).join('/'));
  }
  if (classes.length < 2) {
    throw layoutError(
      source,
      `${classes.length} of ${layout.classes.length} classes with an image that can be read`,
      'Check the files; a dataset has at least two classes.',
    );
  }
  return { ...layout, classes, dropped: dropped.sort(), strays };
}

/** The files with what is wrong with each; undefined where one of them can be decoded. */
async function problemsOf(
  source: Source,
  files: readonly SourceFile[],
  side: number,
): Promise<SourceFile[] | undefined> {
  const found: SourceFile[] = [];
  for (const file of files) {
    const read = await readImage(source, file, { side });
    if ('square' in read) return undefined;
    found.push({ ...file, problem: read.problem });
  }
  return found;
}
