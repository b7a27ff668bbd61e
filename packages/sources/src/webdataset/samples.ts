import { isFile, walkTar, type TarFile } from '../archives/tar.ts';
import { formatProblem } from '../format-problem.ts';
import { ReadAhead } from '../read-ahead.ts';
import { readExactly, type Ranges } from '../ranges.ts';

const IMAGE = /^(jpe?g|png|webp|gif|bmp|tiff?|avif|rgb)$/i;
/** Of a label, or of what describes a sample. */
const MOST_BYTES = 256 * 1024;
/** Where a description may say what the image shows, in this order: as a name, and as a number. */
const NAME_FIELDS = ['class_name', 'class', 'wnid', 'synset', 'label_name'] as const;
const NUMBER_FIELDS = ['cls', 'label', 'class_id', 'target'] as const;

/** Files that follow each other in a tar and have the same name up to the first dot. */
export interface Sample {
  key: string;
  image: TarFile | undefined;
  /** The name of the image, and its extension. */
  name: string;
  /** What the image shows, as a number; undefined where the sample does not say. */
  index: number | undefined;
  /** Likewise, as a name. */
  className: string | undefined;
}

/** Whether files of these names, the first of a tar, are samples: an image with a label of the same name. */
export function areSamples(names: readonly string[]): boolean {
  const keys = new Map<string, Set<string>>();
  for (const name of names) {
    const { key, extension } = partsOf(name);
    keys.set(key, (keys.get(key) ?? new Set()).add(extension));
  }
  return (
    [...keys.values()].some(
      (extensions) => extensions.has('cls') && [...extensions].some((each) => IMAGE.test(each)),
    ) || describedOnly(keys)
  );
}

/** Samples without `.cls` have a description each, and nothing else. */
function describedOnly(keys: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const sets = [...keys.values()].filter((extensions) => extensions.size > 1 || !extensions.has(''));
  return (
    sets.length > 1 &&
    sets
      .slice(0, -1)
      .every((extensions) => extensions.has('json') && [...extensions].some((each) => IMAGE.test(each)))
  );
}

/** The samples of a tar, in its order. @throws FORMAT_INVALID */
export async function* readSamples(ranges: Ranges): AsyncGenerator<Sample> {
  const ahead = new ReadAhead(ranges);
  let sample: Sample | undefined;
  for await (const { name, type, offset, size } of walkTar(ahead)) {
    if (!isFile(type)) continue;
    const { key, extension } = partsOf(name);
    // Metadata of the whole shard.
    if (key.split('/').at(-1)?.startsWith('__') === true) continue;
    if (sample?.key !== key) {
      if (sample !== undefined) yield sample;
      sample = { key, image: undefined, name, index: undefined, className: undefined };
    }
    if (IMAGE.test(extension) && sample.image === undefined) {
      sample.image = { name, offset, size };
      sample.name = name;
    } else if (extension === 'cls' || extension === 'json') {
      if (size > MOST_BYTES)
        throw formatProblem(`${ranges.url}/${name}`, {
          expected: `at most ${MOST_BYTES} bytes`,
          actual: `${size}`,
        });
      const text = (await readExactly(ahead, offset, size)).toString('utf8').trim();
      if (extension === 'cls') readLabel(sample, text);
      else readDescription(sample, text);
    }
  }
  if (sample !== undefined) yield sample;
}

/** WebDataset: the key ends at the first dot of the last segment. */
function partsOf(name: string): { key: string; extension: string } {
  const plain = name.replace(/^\.\//, '');
  const dot = plain.indexOf('.', plain.lastIndexOf('/') + 1);
  return dot === -1
    ? { key: plain, extension: '' }
    : { key: plain.slice(0, dot), extension: plain.slice(dot + 1).toLowerCase() };
}

function readLabel(sample: Sample, text: string): void {
  if (/^\d{1,9}$/.test(text)) sample.index = Number(text);
  else if (text !== '') sample.className = text;
}

function readDescription(sample: Sample, text: string): void {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return;
  }
  if (typeof found !== 'object' || found === null) return;
  const fields = found as Record<string, unknown>;
  for (const field of NAME_FIELDS) {
    const value = fields[field];
    if (typeof value === 'string' && value !== '') sample.className ??= value;
  }
  for (const field of NUMBER_FIELDS) {
    const value = fields[field];
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) sample.index ??= value;
    else if (typeof value === 'string' && value !== '') readLabelField(sample, value);
  }
}

function readLabelField(sample: Sample, value: string): void {
  if (/^\d{1,9}$/.test(value)) sample.index ??= Number(value);
  else sample.className ??= value;
}
