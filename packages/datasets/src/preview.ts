import {
  readLayout,
  SPLITS,
  type ItemProblem,
  type Layout,
  type LayoutOptions,
  type Source,
  type Split,
} from '@alexnet/sources';
import { IMAGE_SIDE, type ImageWarning } from '@alexnet/images';
import { duplicateRecord, type DuplicateRecord, type Listed } from './duplicate-list.ts';
import { DuplicateSearch, type DuplicateCounts, type SplitPlace } from './duplicates.ts';
import { dropEmptyClasses } from './empty-classes.ts';
import { fingerprintOf } from './fingerprints.ts';
import { inOrder } from './in-order.ts';
import { readImage } from './read-image.ts';
import { countReasons } from './usable.ts';

export interface PreviewOptions extends LayoutOptions {
  /** Most images that are decoded. Each class has its share, and one at least. */
  sample: number;
  /** Squares that are kept, for a sheet: so many of each of the first classes. */
  kept: { perClass: number; classes: number };
  /** Images in hand at a time. */
  concurrency: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** What a dataset would be made of, without making it. */
export interface Preview {
  /** Where the images are, without credentials. */
  source: string;
  /** What that was recognised as. */
  format: string;
  /** `words` is '' where the name says it. */
  classes: { name: string; words: string; train: number; val: number }[];
  /** `bytes` is null where the source does not say how large its images are. */
  splits: Record<Split, { images: number; bytes: number | null }>;
  /** Whether the source holds out images itself. */
  hasVal: boolean;
  /** Entries of the source that are no part of the dataset, by reason. */
  ignored: Record<string, number>;
  /** Images in folders that are not used, by folder. */
  leftOut: Record<string, number>;
  droppedClasses: string[];
  /** Of the images that were decoded, evenly spread over each class. */
  sample: {
    images: number;
    /** Classes of which no image of the sample could be decoded. */
    unreadableClasses: string[];
    quarantined: {
      count: number;
      reasons: Record<string, number>;
      files: ({ name: string } & ItemProblem)[];
    };
    warned: Record<string, number>;
    /** Within the sample: copies of images that are not in it are not seen. */
    duplicates: DuplicateCounts & { records: DuplicateRecord[] };
    /** Of one process. */
    seconds: number;
  };
  /** Those that are kept, uint8 [256, 256, 3] each, by class in the order of the labels. */
  squares: Uint8Array[][];
}

/**
 * Lists a source, and decodes a sample of each class. Nothing is written.
 * @throws as planning it would: SOURCE_NOT_FOUND, SOURCE_LAYOUT; the signal's reason
 */
export async function previewSource(source: Source, options: PreviewOptions): Promise<Preview> {
  const listed = await readLayout(source, options);
  const layout =
    options.dropEmptyClasses === true ? await dropEmptyClasses(source, listed, IMAGE_SIDE) : listed;
  const words = await source.words?.();
  return {
    source: source.url,
    format: source.format,
    classes: layout.classes.map((name) => ({
      name,
      words: words?.get(name) ?? '',
      train: countOf(layout, 'train', name),
      val: countOf(layout, 'val', name),
    })),
    splits: { train: totals(source, layout, 'train'), val: totals(source, layout, 'val') },
    hasVal: layout.val !== undefined,
    ignored: layout.leftOut.reasons(),
    leftOut: layout.leftOut.folders(),
    droppedClasses: layout.dropped,
    ...(await decodeSample(source, layout, options)),
  };
}

const countOf = (layout: Layout, split: Split, name: string): number => layout[split]?.get(name)?.length ?? 0;

function totals(source: Source, layout: Layout, split: Split): { images: number; bytes: number | null } {
  const files = layout.classes.flatMap((name) => layout[split]?.get(name) ?? []);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { images: files.length, bytes: source.knowsSizes === false ? null : bytes };
}

async function decodeSample(
  source: Source,
  layout: Layout,
  { sample, kept, concurrency, onProgress, signal }: PreviewOptions,
): Promise<Pick<Preview, 'sample' | 'squares'>> {
  const share = Math.max(1, Math.floor(sample / layout.classes.length));
  const picked = layout.classes.flatMap((name, label) =>
    spread(
      SPLITS.flatMap((split) => (layout[split]?.get(name) ?? []).map((file) => ({ file, split, label }))),
      share,
    ),
  );
  const started = performance.now();
  const files: ({ name: string } & ItemProblem)[] = [];
  const warned = new Map<ImageWarning, number>();
  const decodable = new Set<number>();
  const squares = layout.classes.slice(0, kept.classes).map((): Uint8Array[] => []);
  const reads = inOrder(picked, concurrency, async (one) => {
    signal?.throwIfAborted();
    return { ...one, read: await readImage(source, one.file, { side: IMAGE_SIDE }) };
  });
  const search = new DuplicateSearch();
  const listed: Record<Split, Listed[]> = { train: [], val: [] };
  let done = 0;
  for await (const { file, split, label, read } of reads) {
    if ('problem' in read) files.push({ name: file.name, ...read.problem });
    else {
      const { pixels, warning } = read.square;
      decodable.add(label);
      search.add(split, 1, fingerprintOf(read.bytes, pixels, IMAGE_SIDE, label));
      listed[split].push({ name: file.name, class: layout.classes[label] as string });
      const row = squares[label];
      if (row !== undefined && row.length < kept.perClass) row.push(pixels);
      if (warning !== undefined) warned.set(warning, (warned.get(warning) ?? 0) + 1);
    }
    onProgress?.(++done, picked.length);
  }
  const seconds = (performance.now() - started) / 1000;
  const duplicates = await search.find(signal);
  const find = ({ split, place }: SplitPlace): Listed => listed[split][place] as Listed;
  const records: DuplicateRecord[] = [];
  for await (const found of duplicates.copies()) records.push(duplicateRecord(found, find, false));
  return {
    sample: {
      images: picked.length,
      unreadableClasses: layout.classes.filter((_, label) => !decodable.has(label)),
      quarantined: { count: files.length, reasons: countReasons(files), files },
      warned: Object.fromEntries([...warned].sort()),
      duplicates: { ...duplicates.counts, records },
      seconds,
    },
    squares,
  };
}

/** Some of a list at even distances, in their order. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)] as T);
}
