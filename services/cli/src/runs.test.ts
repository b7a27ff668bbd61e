import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { EpochRecord, EvaluationReport, RunProgress, RunStatus } from '@alexnet/pipeline';
import { summariseEvaluation } from './evaluation.ts';
import { describeRun, shortOfWorkers } from './runs.ts';

it('says how many workers would feed a trainer, and nothing of one that is fed', () => {
  const waiting = { dataWaitFraction: 0.412, workers: 2 };
  expect(shortOfWorkers({ ...waiting, workersWanted: 5 })).toBe(
    'input-bound 41 %: 3 more workers would feed this trainer',
  );
  expect(shortOfWorkers({ ...waiting, workersWanted: 3 })).toBe(
    'input-bound 41 %: 1 more worker would feed this trainer',
  );
  expect(shortOfWorkers({ ...waiting, workersWanted: 2 })).toBeUndefined();
  expect(shortOfWorkers({ ...waiting, dataWaitFraction: 0.05, workersWanted: 5 })).toBeUndefined();
});

const progress: RunProgress = {
  ...{ step: 190, steps: 300, epoch: 19, epochs: 30, phase: 'train', loss: 1.7, top1Error: 0.66 },
  ...{ top5Error: 0.1, learningRate: 1e-4, imagesPerSecond: 100, secondsLeft: 0, dataWaitFraction: 0 },
  ...{ validation: { epoch: 18, top1Error: 0.663, top5Error: 0.1, loss: 1.7 }, workers: 2, workersWanted: 2 },
  ...{ parameters: 1_000_000, device: 'cpu', rssBytes: 0, tensors: 0, digest: 'd', checkpoint: 'step-190' },
};
const epoch = (at: number, learningRate: number, top1Error = 0.663): EpochRecord => ({
  ...{ epoch: at, step: 10 * at, loss: 1.7, top1Error, top5Error: 0.1, learningRate },
  validation: { loss: 1.7, top1Error, top5Error: 0.1 },
});
const ended: RunStatus = {
  ...{ run: 'photos-paper-1', dataset: 'photos', profile: 'paper', status: 'done', progress },
  ...{
    history: [epoch(0, 0.01), epoch(1, 0.01), epoch(2, 0.001)],
    error: null,
    checkpoints: [190],
    sections: [],
  },
  earlyEnd: { reason: 'plateau', epochs: 19, of: 30, bestEpoch: 14 },
};
const baseline = { chance: 5 / 6, mostFrequent: { class: 'cat', top1Error: 0.663 } };
const text = (status: RunStatus): string => stripVTControlCharacters(describeRun(status, { baseline }));

describe('describeRun', () => {
  it('says what a net has to beat, and that it does not', () => {
    expect(text(ended)).toContain('66.3 % by always answering cat, 83.3 % by guessing');
    expect(text(ended)).toContain('no better than answers that do not look at the image');
  });

  it('says nothing of the kind about a net that is better in one epoch', () => {
    expect(text({ ...ended, history: [epoch(0, 0.01, 0.5)] })).not.toContain('no better');
  });

  it('says when the rate fell, and that the run ended before its last epoch', () => {
    expect(text(ended)).toContain('lowered to 0.0010 from epoch 3 on');
    expect(text(ended)).toMatch(
      /ended early\s+after epoch 19 of 30: .*at the lowest rate; the best epoch is 15/,
    );
    const stopped = {
      ...ended,
      earlyEnd: { reason: 'earlyStop', epochs: 19, of: 30, bestEpoch: 14 },
    } as const;
    expect(text(stopped)).toMatch(/ended early\s+after epoch 19 of 30: .*earlyStop ends the run/);
  });

  it('sums up a rate that changes in every epoch', () => {
    const history = [0.001, 0.01, 0.009, 0.007, 0.004, 0.002, 0.0005].map((rate, at) => epoch(at, rate));
    expect(text({ ...ended, history })).toContain('changed 6 times, from 0.0010 at first to 0.00050 now');
    expect(text({ ...ended, history: history.slice(0, 2) })).toContain('raised to 0.010 from epoch 2 on');
  });

  it('calls a run that made all its epochs just done', () => {
    const whole = { ...ended, progress: { ...progress, epoch: 30 }, earlyEnd: null };
    expect(text(whole)).not.toContain('ended early');
  });

  it('draws the losses from the first to the last', () => {
    const shown = stripVTControlCharacters(describeRun(ended, { losses: [4, 2, 1, 1] }));
    expect(shown).toMatch(/^ *loss +█▃▁▁ {2}from 4\.00 to 1\.00 nats$/m);
    expect(stripVTControlCharacters(describeRun(ended, { losses: [4] }))).not.toMatch(/^ *loss /m);
  });

  it('has the evaluations that are kept, with the classes that are recognised worst', () => {
    const classes = ['cat', 'dog', 'owl'];
    const report: EvaluationReport = {
      ...{ version: 1, run: 'photos-paper-1', checkpoint: 'step-00001900-1', step: 1900, views: 10 },
      ...{ count: 6, loss: 1, top1Error: 0.5, top5Error: 0 },
      perClass: { images: [4, 2, 0], top1: [1, 2, 0], top5: [4, 2, 0], predicted: [1, 5, 0] },
      ...{ confusions: [{ label: 0, predicted: 1, images: 3 }], confusionsLeftOut: 0, mistakes: [] },
    };
    const shown = describeRun(ended, { evaluations: [summariseEvaluation(report, classes)] });
    expect(stripVTControlCharacters(shown)).toMatch(
      /evaluation\s+step 1,900, 10 views: top-1 error 50\.0 %, top-5 error 0\.0 %\n\s+worst classes\s+cat 25\.0 % of 4, dog 100\.0 % of 2\n/,
    );
  });
});
