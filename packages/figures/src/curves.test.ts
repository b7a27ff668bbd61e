import { rasteriseSvg } from '@alexnet/images';
import { describe, expect, it } from 'vitest';
import { comparedCurves, learningCurves, type EpochResult, type StepsResult } from './curves.ts';

const HISTORY: EpochResult[] = [
  { epoch: 0, loss: 2, top1Error: 0.9, validation: { loss: 2.2, top1Error: 0.95 } },
  { epoch: 1, loss: 1.5, top1Error: 0.7, validation: null },
  { epoch: 2, loss: 1, top1Error: 0.5, validation: { loss: 1.4, top1Error: 0.6 } },
];

const spread = (mean: number): StepsResult['loss'] => ({ min: mean / 2, mean, max: 2 * mean });
const STEPS: StepsResult[] = Array.from({ length: 60 }, (_, at) => ({
  epochs: (at + 0.5) / 20,
  loss: spread(2 - at / 60),
  top1Error: spread(0.5 - at / 240),
}));

/** The texts of a drawing, in its order. */
const texts = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '');
/** Elements that a colour fills: the marks of a line, and its name. */
const filled = (svg: string, colour: string): number => svg.split(`fill="${colour}"`).length - 1;
/** Lines of a colour that lead anywhere. */
const stroked = (svg: string, colour: string): number =>
  [...svg.matchAll(/<path d="M[^"]+" fill="none" stroke="(#\w+)"/g)].filter(([, stroke]) => stroke === colour)
    .length;

describe('learningCurves', () => {
  const svg = learningCurves('a <run> & its dataset', HISTORY);

  it('has a line for each measure and a mark for each epoch that was measured', () => {
    expect([stroked(svg, '#0072b2'), stroked(svg, '#d55e00')]).toEqual([2, 2]);
    expect(filled(svg, '#0072b2')).toBe(2 * 3 + 2);
    expect(filled(svg, '#d55e00')).toBe(2 * 2 + 2);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['epoch', 'top-1 error', 'loss (nats)', '100 %', '50 %', '3']),
    );
    expect(texts(svg).filter((text) => text === 'training' || text === 'validation')).toHaveLength(4);
  });

  it('is the same drawing each time, on white, and well-formed', async () => {
    expect(learningCurves('a <run> & its dataset', HISTORY)).toBe(svg);
    expect(svg).toContain('a &lt;run&gt; &amp; its dataset');
    const png = await rasteriseSvg(svg, 1);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    await expect(rasteriseSvg(svg.replace('</svg>', ''), 1)).rejects.toThrow();
  });

  it('can be of one epoch, and of none validated', () => {
    const one = learningCurves('one', [{ epoch: 0, loss: 2, top1Error: 1, validation: null }]);
    expect([filled(one, '#0072b2'), filled(one, '#d55e00')]).toEqual([2 + 2, 0]);
    expect(one).not.toContain('NaN');
  });
});

describe('learningCurves of steps', () => {
  const svg = learningCurves('steps', HISTORY, STEPS);

  it('has a line of means with a band, from the beginning of the first epoch on', () => {
    expect(stroked(svg, '#0072b2')).toBe(2);
    expect(svg.match(/fill="#0072b2" fill-opacity="0.2"/g)).toHaveLength(2);
    // The name of the line is left; 60 points have no marks.
    expect(filled(svg, '#0072b2')).toBe(2 + 2);
    expect(texts(svg)).toEqual(expect.arrayContaining(['0', '3', '100 %']));
    expect(svg).not.toContain('NaN');
  });

  it('shows the greatest of the steps', () => {
    const odd = STEPS.map((step, at) => (at === 30 ? { ...step, loss: { ...step.loss, max: 40 } } : step));
    expect(texts(learningCurves('odd', HISTORY, odd))).toContain('40');
  });

  it('can be of a run that has not finished an epoch', () => {
    const begun = learningCurves('begun', [], STEPS.slice(0, 5));
    expect([stroked(begun, '#0072b2'), stroked(begun, '#d55e00')]).toEqual([2, 0]);
  });
});

describe('comparedCurves', () => {
  const runs = ['full', 'tanh', 'no-lrn', 'plain-pooling', 'no-dropout', 'one-group', 'a', 'b', 'c'].map(
    (name) => ({
      name,
      history: HISTORY,
    }),
  );

  it('names every run beside both charts, each a line of text below the one before', () => {
    const svg = comparedCurves('nine', runs, 0.55);
    for (const { name } of runs) expect(texts(svg).filter((text) => text === name)).toHaveLength(2);
    const heights = [...svg.matchAll(/<text[^>]* y="([\d.]+)"[^>]*>([^<]*)<\/text>/g)]
      .filter(([, , text]) => runs.some(({ name }) => name === text))
      .map(([, y]) => Number(y))
      .slice(0, runs.length)
      .sort((a, b) => a - b);
    expect(heights).toHaveLength(runs.length);
    for (const [i, y] of heights.slice(1).entries())
      expect(y - (heights[i] ?? 0)).toBeGreaterThanOrEqual(13.9);
  });

  it('draws the steps of those that have them, without bands', () => {
    const svg = comparedCurves(
      'two',
      [{ ...{ name: 'full', history: HISTORY }, steps: STEPS }, ...runs.slice(1, 2)],
      null,
    );
    expect([stroked(svg, '#000000'), stroked(svg, '#332288')]).toEqual([2, 2]);
    // Marks of its validation and its names; its steps have no marks.
    expect(filled(svg, '#000000')).toBe(2 + 2);
    expect(svg).not.toContain('fill-opacity');
  });

  it('draws a threshold where there is one', () => {
    expect(texts(comparedCurves('with', runs, 0.55))).toContain('threshold');
    expect(texts(comparedCurves('without', runs, null))).not.toContain('threshold');
  });

  it('leaves room for a run that never came to the end of an epoch', () => {
    const svg = comparedCurves('two', [...runs.slice(0, 1), { name: 'broken', history: [] }], null);
    expect(texts(svg)).not.toContain('broken');
    expect([stroked(svg, '#000000'), stroked(svg, '#332288')]).toEqual([2, 0]);
  });
});
