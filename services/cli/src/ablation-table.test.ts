import { expect, it } from 'vitest';
import { ablationTable, markdownTable } from './ablation-table.ts';

const NUMBERS = {
  final: { top1Error: 0.5, top5Error: 0.25 },
  best: { epoch: 2, top1Error: 0.4, top5Error: 0.2 },
  ...{ epochs: 3, trainingLoss: 1.5, trainingTop1Error: 0.3 },
};

it('writes errors in per cent, differences in points, and what there is not as a dash', () => {
  const { head, rows } = ablationTable({
    threshold: 0.3,
    variants: [
      {
        ...NUMBERS,
        ...{ variant: 'full', run: 'a-full', outcome: 'done', epochsToThreshold: 3, difference: 0 },
      },
      {
        ...NUMBERS,
        ...{ variant: 'tanh', run: 'a-tanh', outcome: 'done', epochsToThreshold: null, difference: -0.042 },
      },
      {
        ...{ variant: 'no-lrn', run: 'a-no-lrn', outcome: 'broken-down', epochs: 1, final: null, best: null },
        ...{ trainingLoss: null, trainingTop1Error: null, epochsToThreshold: null, difference: null },
      },
    ],
  });
  expect(head.at(-1)).toBe('epochs to 30.0 %');
  expect(rows).toEqual([
    ['full', '50.0 %', '25.0 %', '0.0', '40.0 %', '20.0 %', '1.500', '30.0 %', '3'],
    ['tanh', '50.0 %', '25.0 %', '−4.2', '40.0 %', '20.0 %', '1.500', '30.0 %', '–'],
    ['no-lrn (broke down in epoch 2)', ...Array<string>(8).fill('–')],
  ]);
});

it('writes Markdown', () => {
  expect(markdownTable(['a', 'b'], [['1', '2']])).toBe('| a | b |\n| --- | --: |\n| 1 | 2 |');
});
