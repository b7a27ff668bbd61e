import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { CHART_LINES, dotsOf, drawCurves, type Curve } from './curves.ts';

const falling = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 - i / count);
const curve = (over: Partial<Curve> = {}): Curve => ({
  ...{ title: 'loss', values: falling(200), points: [], label: (value) => value.toFixed(2) },
  ...over,
});
const plain = (curves: readonly Curve[], columns: number): string[] =>
  drawCurves(curves, columns).map(stripVTControlCharacters);

describe('drawCurves', () => {
  it.each([60, 79, 80, 100, 120, 160])('fits %i columns', (columns) => {
    const values = falling(dotsOf(columns, 2));
    const lines = plain([curve({ values }), curve({ values, points: [{ at: 1, value: 1.5 }] })], columns);
    expect(lines).toHaveLength(columns < 80 ? 2 * CHART_LINES : CHART_LINES);
    for (const line of lines) expect(stringWidth(line)).toBeLessThan(columns);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeGreaterThan(columns - 4);
  });

  it('has the highest and the lowest value at its axis', () => {
    const lines = plain([curve({ values: [3, 1, 2] })], 60);
    expect(lines[1]).toMatch(/^ {2}3\.00┤/);
    expect(lines.at(-1)).toMatch(/^ {2}1\.00┤/);
  });

  it('draws few values over all of the width', () => {
    const [, ...lines] = plain([curve({ values: [1, 1, 1] })], 60);
    expect(lines.at(-1)?.endsWith('⣀')).toBe(true);
    expect(stringWidth(lines.at(-1) ?? '')).toBe(59);
  });

  it('shows points at their place, also outside of the range of the curve', () => {
    const points = [
      { at: 0, value: 0 },
      { at: 1, value: 4 },
    ];
    const lines = plain([curve({ points })], 60);
    expect(lines[1]?.at(-1)).toBe('●');
    expect(lines.at(-1)?.at(7)).toBe('●');
  });

  it('draws the axes of what has no values yet', () => {
    expect(plain([curve({ values: [] })], 60)).toHaveLength(CHART_LINES);
  });
});
