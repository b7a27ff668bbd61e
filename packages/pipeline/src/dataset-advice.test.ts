import { describe, expect, it } from 'vitest';
import { adviseOnDataset } from './dataset-advice.ts';

const dataset = (train: number[], val: number[]) => {
  const split = (counts: number[]) => ({ count: counts.reduce((a, b) => a + b, 0), shards: [] });
  return {
    classes: train.map((_, label) => `class-${label}`),
    splits: { train: split(train), val: split(val) },
    classCounts: { train, val },
  };
};
const codesOf = (train: number[], val: number[]): string[] =>
  adviseOnDataset(dataset(train, val)).map(({ code }) => code);

describe('adviseOnDataset', () => {
  it('has nothing to say about a dataset with enough of everything', () => {
    expect(codesOf([100, 100], [10, 10])).toEqual([]);
  });

  it('says that there are no validation images', () => {
    expect(codesOf([100, 100], [0, 0])).toEqual(['no-validation']);
  });

  it('names classes with one image, with few, and without validation images', () => {
    const advice = adviseOnDataset(dataset([100, 1, 19, 20], [10, 0, 1, 1]));
    expect(advice.map(({ code, message }) => [code, /\((.*)\)/.exec(message)?.[1]])).toEqual([
      ['single-image', 'class-1'],
      ['few-images', 'class-2'],
      ['class-without-validation', 'class-1'],
    ]);
  });

  it('does not list hundreds of names', () => {
    const [advice] = adviseOnDataset(dataset(new Array<number>(300).fill(3), new Array<number>(300).fill(1)));
    expect(advice?.message).toContain('300 classes (class-0, class-1, class-2, class-3, class-4, …)');
  });
});
