import type { Classification, EvaluationMetrics } from './engine.ts';

/** The classes that count as right in top-5. */
const TOP_FIVE = 5;

/**
 * How images were classified in one view each.
 * @param probabilities [images, classes]
 * @param labels [images]
 * @param places of the labels among the classes, [images]; see {@link Classification}
 */
export function classificationOf(
  probabilities: Float32Array,
  labels: Int32Array,
  places: ArrayLike<number>,
  metrics: EvaluationMetrics,
): Classification {
  const classes = probabilities.length / labels.length;
  const classification = emptyClassification(labels.length);
  for (const [image, label] of labels.entries()) {
    const row = probabilities.subarray(image * classes, (image + 1) * classes);
    enter(classification, image, { row, label, place: places[image] as number });
  }
  return { ...classification, ...metrics };
}

/**
 * How images were classified by the mean of their views' probabilities (paper §4.1: "averaging the predictions made
 * by the network's softmax layer on the ten patches").
 * @param probabilities [images · views, classes], the views of an image after each other
 * @param labels [images · views]
 * @throws RangeError for rows that are no whole number of images
 */
export function classificationOfViews(
  probabilities: Float32Array,
  labels: Int32Array,
  { views, classes }: { views: number; classes: number },
): Classification {
  const count = labels.length / views;
  if (!Number.isInteger(count) || probabilities.length !== labels.length * classes)
    throw new RangeError(`${probabilities.length} probabilities of ${labels.length} views by ${views}`);
  const classification = emptyClassification(count);
  for (let image = 0; image < count; image++) {
    const first = image * views * classes;
    const row = meanOf(probabilities.subarray(first, first + views * classes), classes);
    const label = labels[image * views] as number;
    const ofLabel = row[label] as number;
    // Classes that are at least as likely, the right one included. NaN is never greater or equal: none are.
    const place = row.filter((probability) => probability >= ofLabel).length;
    enter(classification, image, { row, label, place });
    classification.lossSum -= Math.log(ofLabel);
    classification.top1 += place === 1 ? 1 : 0;
    classification.top5 += place >= 1 && place <= TOP_FIVE ? 1 : 0;
  }
  return classification;
}

const emptyClassification = (count: number): Classification => ({
  ...{ count, lossSum: 0, top1: 0, top5: 0 },
  labels: new Int32Array(count),
  places: new Int32Array(count),
  predicted: new Int32Array(count),
  confidences: new Float32Array(count),
});

/** One image and the probabilities of its classes. */
interface Image {
  row: Float32Array | Float64Array;
  label: number;
  place: number;
}

function enter(
  { labels, places, predicted, confidences }: Classification,
  image: number,
  { row, label, place }: Image,
): void {
  const best = place === 1 ? label : mostProbableBut(label, row);
  labels[image] = label;
  places[image] = place;
  predicted[image] = best;
  confidences[image] = row[best] as number;
}

/** The most probable class other than the label; the first of several. */
function mostProbableBut(label: number, row: Image['row']): number {
  let best = label === 0 ? 1 : 0;
  for (let index = best + 1; index < row.length; index++)
    if (index !== label && (row[index] as number) > (row[best] as number)) best = index;
  return best;
}

/** Of the rows of a matrix with so many columns. */
function meanOf(rows: Float32Array, columns: number): Float64Array {
  const mean = new Float64Array(columns);
  const share = columns / rows.length;
  for (const [i, value] of rows.entries()) mean[i % columns] = (mean[i % columns] as number) + value * share;
  return mean;
}
