import type { EvaluationMetrics } from './engine.ts';

/**
 * How well images were classified by the mean of their views' probabilities (paper §4.1: "averaging the predictions made
 * by the network's softmax layer on the ten patches").
 * @param probabilities [images · views, classes], the views of an image after each other
 * @param labels [images · views]
 * @throws RangeError for rows that are no whole number of images
 */
export function metricsOfViews(
  probabilities: Float32Array,
  labels: Int32Array,
  { views, classes }: { views: number; classes: number },
): EvaluationMetrics {
  const count = labels.length / views;
  if (!Number.isInteger(count) || probabilities.length !== labels.length * classes)
    throw new RangeError(`${probabilities.length} probabilities of ${labels.length} views by ${views}`);
  const metrics: EvaluationMetrics = { count, lossSum: 0, top1: 0, top5: 0 };
  for (let image = 0; image < count; image++) {
    const first = image * views * classes;
    const mean = meanOf(probabilities.subarray(first, first + views * classes), classes);
    const ofLabel = mean[labels[image * views] as number] as number;
    // Classes that are at least as likely, the right one included. NaN is never greater or equal: none are.
    const place = mean.filter((probability) => probability >= ofLabel).length;
    metrics.lossSum -= Math.log(ofLabel);
    metrics.top1 += place === 1 ? 1 : 0;
    metrics.top5 += place >= 1 && place <= 5 ? 1 : 0;
  }
  return metrics;
}

/** Of the rows of a matrix with so many columns. */
function meanOf(rows: Float32Array, columns: number): Float64Array {
  const mean = new Float64Array(columns);
  const share = columns / rows.length;
  for (const [i, value] of rows.entries()) mean[i % columns] = (mean[i % columns] as number) + value * share;
  return mean;
}
