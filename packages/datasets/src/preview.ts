import {
  readLayout,
  SPLITS,
  type ItemProblem,
  type Layout,
  type LayoutOptions,
  type Source,
  type SourceFile,
  type Split,
} from '@alexnet/sources';
import { IMAGE_SIDE, type ImageWarning } from '@alexnet/images';
import { dropEmptyClasses } from './empty-classes.ts';
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
  splits: Record<Split, { images: number; bytes: number }>;
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
    /** Of one process. */
    seconds: number;
  };
  /** Those that are kept, uint8 [256, 256, 3] each, by class in the order of the labels. */
  squares: Buffer[][];
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
    splits: { train: totals(layout, 'train'), val: totals(layout, 'val') },
    hasVal: layout.val !== undefined,
    ignored: layout.leftOut.reasons(),
    leftOut: layout.leftOut.folders(),
    droppedClasses: layout.dropped,
    ...(await decodeSample(source, layout, options)),
  };
}

const countOf = (layout: Layout, split: Split, name: string): number => layout[split]?.get(name)?.length ?? 0;

function totals(layout: Layout, split: Split): { images: number; bytes: number } {
  const files = layout.classes.flatMap((name) => layout[split]?.get(name) ?? []);
  return { images: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

async function decodeSample(
  source: Source,
  layout: Layout,
  { sample, kept, concurrency, onProgress, signal }: PreviewOptions,
): Promise<Pick<Preview, 'sample' | 'squares'>> {
  const share = Math.max(1, Math.floor(sample / layout.classes.length));
  const picked = layout.classes.flatMap((name, label) =>
    spread(
      SPLITS.flatMap((split) => layout[split]?.get(name) ?? []),
      share,
    ).map((file) => ({ file, label })),
  );
  const started = performance.now();
  const files: ({ name: string } & ItemProblem)[] = [];
  const warned = new Map<ImageWarning, number>();
  const decodable = new Set<number>();
  const squares = layout.classes.slice(0, kept.classes).map((): Buffer[] => []);
  const reads = inOrder(picked, concurrency, async ({ file, label }) => {
    signal?.throwIfAborted();
    return { file, label, read: await readImage(source, file, IMAGE_SIDE) };
  });
  let done = 0;
  for await (const { file, label, read } of reads) {
    if ('problem' in read) files.push({ name: file.name, ...read.problem });
    else {
      const { pixels, warning } = read.square;
      decodable.add(label);
      const row = squares[label];
      if (row !== undefined && row.length < kept.perClass) row.push(pixels);
      if (warning !== undefined) warned.set(warning, (warned.get(warning) ?? 0) + 1);
    }
    onProgress?.(++done, picked.length);
  }
  return {
    sample: {
      images: picked.length,
      unreadableClasses: layout.classes.filter((_, label) => !decodable.has(label)),
      quarantined: { count: files.length, reasons: countReasons(files), files },
      warned: Object.fromEntries([...warned].sort()),
      seconds: (performance.now() - started) / 1000,
    },
    squares,
  };
}

/** Files at even distances, in their order. */
function spread(files: readonly SourceFile[], count: number): SourceFile[] {
  if (files.length <= count) return [...files];
  return Array.from(
    { length: count },
    (_, i) => files[Math.floor(((i + 0.5) * files.length) / count)] as SourceFile,
  );
}
