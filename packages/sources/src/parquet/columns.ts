import { firstOf } from '@alexnet/core';
import type { SchemaTree } from 'hyparquet';
import { formatProblem } from '../format-problem.ts';
import { featuresOf, type Feature } from './features.ts';
import type { Footer } from './footer.ts';
import type { Column } from './pages.ts';

/** Where several columns could be meant, the first of these that is there. */
const IMAGE_NAMES = ['image', 'img', 'picture', 'pixel_values', 'jpg', 'jpeg', 'png'];
const LABEL_NAMES = [
  'label',
  'labels',
  'fine_label',
  'class',
  'target',
  'category',
  'cls',
  'class_label',
  'class_name',
];

/** The columns of a table that hold images, and what they show. */
export interface Columns {
  image: Column;
  label: Column;
  /** What the labels are called; undefined where the file does not say. */
  names: readonly string[] | undefined;
}

/** The column of the images: binary, or a group of `bytes` and `path`; undefined where there is none. */
export function findImageColumn({ schema, metadata }: Footer): Column | undefined {
  const features = featuresOf(metadata);
  const found = schema.children.flatMap((child) => {
    const leaf =
      child.children.length === 0 ? child : child.children.find(({ element }) => element.name === 'bytes');
    if (leaf === undefined || leaf.children.length > 0 || leaf.element.type !== 'BYTE_ARRAY' || isText(leaf))
      return [];
    return isRepeated(child) || isRepeated(leaf) ? [] : [columnOf(schema, child, leaf)];
  });
  return chosen(found, IMAGE_NAMES, ({ schemaPath }) => features.get(nameOf(schemaPath))?.type === 'Image');
}

/** @throws FORMAT_INVALID where there is no column of images, or of labels */
export function findColumns(url: string, footer: Footer): Columns {
  const image = findImageColumn(footer);
  const features = featuresOf(footer.metadata);
  const isClassLabel = ({ path }: Column): boolean => features.get(path)?.type === 'ClassLabel';
  const labels = footer.schema.children
    .filter(
      (child) =>
        child.children.length === 0 && !isRepeated(child) && isLabel(child, features.get(child.element.name)),
    )
    .map((child) => columnOf(footer.schema, child, child));
  const named = labels.filter(({ path }) => LABEL_NAMES.includes(path.toLowerCase()));
  const classes = labels.filter(isClassLabel);
  const label = chosen(classes.length > 0 ? classes : named, LABEL_NAMES, () => false);
  if (image !== undefined && label !== undefined)
    return { image, label, names: features.get(label.path)?.names };
  const columns = footer.schema.children.map(({ element }) => element.name);
  throw formatProblem(url, {
    expected:
      image === undefined
        ? 'one column of images: binary, or a group with the binary column bytes,'
        : `one column of whole numbers or texts that is called ${LABEL_NAMES.slice(0, -1).join(', ')} or ${LABEL_NAMES.at(-1)}`,
    actual: `the columns ${firstOf(columns) || 'none'}`,
    remedy: 'Write the table again with the columns image and label.',
  });
}

/** The only one, else the only one that is so, else the first by name; undefined where that leaves none. */
function chosen(
  found: readonly Column[],
  names: readonly string[],
  is: (column: Column) => boolean,
): Column | undefined {
  const [only] = found;
  if (found.length < 2) return only;
  const fitting = found.filter(is);
  if (fitting.length === 1) return fitting[0];
  for (const name of names) {
    const named = found.find(({ schemaPath }) => nameOf(schemaPath).toLowerCase() === name);
    if (named !== undefined) return named;
  }
  return undefined;
}

const columnOf = (root: SchemaTree, child: SchemaTree, leaf: SchemaTree): Column => ({
  schemaPath: child === leaf ? [root, leaf] : [root, child, leaf],
  path: leaf.path.join('.'),
});

/** Of the column that it is in. */
const nameOf = (path: readonly SchemaTree[]): string => path[1]?.element.name ?? '';

const isRepeated = ({ element }: SchemaTree): boolean => element.repetition_type === 'REPEATED';

const isText = ({ element }: Pick<SchemaTree, 'element'>): boolean =>
  element.converted_type === 'UTF8' || element.logical_type?.type === 'STRING';

function isLabel({ element }: SchemaTree, feature: Feature | undefined): boolean {
  if (feature?.type === 'Image') return false;
  if (element.type === 'BYTE_ARRAY') return isText({ element });
  const isNumber = element.type === 'INT32' || element.type === 'INT64';
  const { logical_type: logical, converted_type: converted } = element;
  return (
    isNumber &&
    (logical === undefined || logical.type === 'INTEGER') &&
    (converted === undefined || /^U?INT_\d+$/.test(converted))
  );
}
