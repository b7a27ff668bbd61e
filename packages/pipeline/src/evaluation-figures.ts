import type { EvaluationReport } from './evaluation-report.ts';

/** How one class was recognised. Fractions are null where there is nothing to divide by. */
export interface ClassFigures {
  class: string;
  /** Validation images of the class. */
  images: number;
  /** The share of them that was classified as such. */
  recall: number | null;
  /** The share that is of the class, of all images that were classified as such. */
  precision: number | null;
  /** The share of them whose class is among the five most probable. */
  top5: number | null;
}

/** What an evaluation says of each class, with the names of the classes. */
export interface EvaluationFigures {
  /** The lowest recall first; classes without images last. */
  classes: ClassFigures[];
  /**
   * Images of each class (rows) by what they were classified as (columns), in the order of the labels; null for more than
   * 20 classes.
   */
  confusionMatrix: { classes: readonly string[]; images: number[][] } | null;
  /** Images of a class that were taken for another, the most frequent pair first. At most 1,000 pairs. */
  confusions: { class: string; predicted: string; images: number }[];
  /** Pairs that are not among these. */
  confusionsLeftOut: number;
  /** Wrong predictions, the most confident first. At most 48. `name` is that of the file in the dataset's source. */
  mistakes: { id: number; name: string; class: string; predicted: string; probability: number }[];
}

/** Those of a trainer that measures no classes. */
export const NO_FIGURES: Record<keyof EvaluationFigures, null> = {
  classes: null,
  confusionMatrix: null,
  confusions: null,
  confusionsLeftOut: null,
  mistakes: null,
};

/** A matrix of more classes is no longer read as one. */
const MATRIX_CLASSES = 20;

/** @param classes of the run: the index is the label */
export function figuresOf(report: EvaluationReport, classes: readonly string[]): EvaluationFigures {
  const nameOf = (label: number): string => classes[label] ?? String(label);
  const { perClass, confusions, confusionsLeftOut, mistakes } = report;
  const figures = classes.map((name, label): ClassFigures => {
    const [images, top1, top5, predicted] = [
      perClass.images[label] ?? 0,
      perClass.top1[label] ?? 0,
      perClass.top5[label] ?? 0,
      perClass.predicted[label] ?? 0,
    ];
    return {
      class: name,
      images,
      recall: share(top1, images),
      precision: share(top1, predicted),
      top5: share(top5, images),
    };
  });
  return {
    // Array.sort is stable: alike classes stay in the order of their labels.
    classes: figures.sort((a, b) => (a.recall ?? 2) - (b.recall ?? 2) || b.images - a.images),
    confusionMatrix: classes.length <= MATRIX_CLASSES ? { classes, images: matrixOf(report, classes) } : null,
    confusions: confusions.map(({ label, predicted, images }) => ({
      class: nameOf(label),
      predicted: nameOf(predicted),
      images,
    })),
    confusionsLeftOut,
    mistakes: mistakes.map(({ id, name, label, predicted, probability }) => ({
      ...{ id, name },
      class: nameOf(label),
      predicted: nameOf(predicted),
      probability,
    })),
  };
}

function matrixOf({ perClass, confusions }: EvaluationReport, classes: readonly string[]): number[][] {
  const matrix = classes.map((_, label) =>
    classes.map((_, predicted) => (predicted === label ? (perClass.top1[label] ?? 0) : 0)),
  );
  for (const { label, predicted, images } of confusions) {
    const row = matrix[label];
    if (row !== undefined && predicted < row.length) row[predicted] = images;
  }
  return matrix;
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
