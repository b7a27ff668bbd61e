import { expect, it } from 'vitest';
import { ClassTally } from './class-tally.ts';

/** Images as label, predicted class and probability in hundredths; those that are wrong are in the given place. */
const classified = (images: readonly [number, number, number][], place = 2) => ({
  count: images.length,
  labels: Int32Array.from(images, ([label]) => label),
  predicted: Int32Array.from(images, ([, predicted]) => predicted),
  confidences: Float32Array.from(images, ([, , hundredths]) => hundredths / 100),
  places: Int32Array.from(images, ([label, predicted]) => (label === predicted ? 1 : place)),
});

it('counts what the images of each class were taken for, over several batches', () => {
  const tally = new ClassTally(3);
  const first = classified([
    [0, 0, 90],
    [0, 1, 60],
  ]);
  const second = classified(
    [
      [0, 1, 70],
      [2, 1, 80],
    ],
    6,
  );
  tally.add(first, [10, 11]);
  tally.add(second, [12, 13]);
  const { mistakes, ...counts } = tally.figures();
  expect(counts).toEqual({
    perClass: { images: [3, 0, 1], top1: [1, 0, 0], top5: [2, 0, 0], predicted: [1, 3, 0] },
    confusions: [
      { label: 0, predicted: 1, images: 2 },
      { label: 2, predicted: 1, images: 1 },
    ],
    confusionsLeftOut: 0,
  });
  expect(mistakes.map(({ id, label, predicted }) => [id, label, predicted])).toEqual([
    [13, 2, 1],
    [12, 0, 1],
    [11, 0, 1],
  ]);
  expect(mistakes[0]?.probability).toBeCloseTo(0.8, 6);
});

it('keeps the 1,000 most frequent confusions and the 48 most confident mistakes', () => {
  const classes = 40;
  const tally = new ClassTally(classes);
  const pairs = Array.from(
    { length: classes ** 2 },
    (_, i) => [Math.floor(i / classes), i % classes] as const,
  );
  const wrong = pairs.filter(([label, predicted]) => label !== predicted);
  tally.add(classified(wrong.map(([label, predicted]) => [label, predicted, 50])), [...wrong.keys()]);
  tally.add(classified([[39, 38, 40]]), [wrong.length]);
  const { confusions, confusionsLeftOut, mistakes } = tally.figures();
  expect([confusions.length, confusionsLeftOut]).toEqual([1000, 1560 - 1000]);
  expect(confusions[0]).toEqual({ label: 39, predicted: 38, images: 2 });
  // Of equal probability, in the order of the samples.
  expect(mistakes.map(({ id }) => id)).toEqual(Array.from({ length: 48 }, (_, i) => i));
});
