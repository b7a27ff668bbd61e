import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { barLine } from './progress.ts';

const detail = [
  { text: 'epoch 12/40', importance: 5 },
  { text: 'loss 1.23', importance: 6 },
  { text: 'err 43/11 %', importance: 2 },
  { text: 'val 40/9 %', importance: 1 },
  { text: '123 img/s', importance: 4 },
  { text: 'wait 3 %', importance: 7 },
  { text: 'ETA 12 min 3 s', importance: 3 },
];
const line = (columns: number): string =>
  stripVTControlCharacters(barLine({ label: 'train', done: 12_345, total: 90_000, detail }, columns));

describe('barLine', () => {
  it.each([60, 80, 100, 120, 160])('fits %i columns', (columns) => {
    expect(stringWidth(line(columns))).toBeLessThan(columns);
  });

  it('keeps the validation error at 60 columns, and errors with the time left at 80', () => {
    expect(line(60)).toContain('val 40/9 %');
    expect(line(80)).toMatch(/err 43\/11 % · val 40\/9 % · ETA/);
  });

  it('says everything at 160 columns', () => {
    expect(line(160)).toMatch(/epoch 12\/40 · loss 1.23 · .* · wait 3 % · ETA 12 min 3 s$/);
  });

  it('is full at the end, and never beyond', () => {
    const ended = barLine({ label: 'ingest', done: 8, total: 7, detail: '' }, 80);
    expect(stripVTControlCharacters(ended)).toContain(`${'━'.repeat(12)}100%`);
  });

  it('cuts a long text', () => {
    const text = stripVTControlCharacters(
      barLine({ label: 'train', done: 1, total: 2, detail: 'no worker is alive '.repeat(9) }, 60),
    );
    expect(stringWidth(text)).toBeLessThan(60);
    expect(text).toMatch(/…$/);
  });
});
