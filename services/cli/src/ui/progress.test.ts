import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { PassThrough } from 'node:stream';
import pc from 'picocolors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Output } from './output.ts';
import { barLine, type Progress } from './progress.ts';
import { screenOf } from './screen.ts';

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
    expect(stripVTControlCharacters(ended)).toContain(`${'━'.repeat(12)} 100%`);
  });

  it('cuts a long text', () => {
    const text = stripVTControlCharacters(
      barLine({ label: 'train', done: 1, total: 2, detail: 'no worker is alive '.repeat(9) }, 60),
    );
    expect(stringWidth(text)).toBeLessThan(60);
    expect(text).toMatch(/…$/);
  });
});

describe('a bar on a terminal with colours', () => {
  afterEach(() => vi.doUnmock('picocolors'));

  /** What stands on the screen after a progress bar was used. */
  async function screenAfter(use: (progress: Progress) => void): Promise<string[]> {
    vi.resetModules();
    vi.doMock('picocolors', () => ({ default: pc.createColors(true) }));
    const { createProgress } = await import('./progress.ts');
    const terminal = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: 60 });
    use(createProgress({ progress: terminal } as unknown as Output, 'train'));
    return screenOf(String(terminal.read() ?? '')).map((line) => stripVTControlCharacters(line).trimEnd());
  }

  it('leaves every line that was noted, and the last detail as a whole', async () => {
    const lines = await screenAfter((progress) => {
      progress.update(1, 2, 'emoji');
      progress.note([
        { text: 'epoch 1/2', importance: 1 },
        { text: 'what is left out on so narrow a terminal as this one', importance: 2 },
        { text: 'loss 1.0', importance: 1 },
      ]);
      progress.update(2, 2, 'emoji drawn, all of them');
      progress.finish();
    });
    expect(lines).toContain('epoch 1/2  loss 1.0');
    expect(lines).toContain('train ━━━━━━ 100%  2/2  emoji drawn, all of them');
  });

  it('draws a chart below it, again after a note, and leaves it there', async () => {
    const lines = await screenAfter((progress) => {
      progress.update(1, 3, 'learning');
      for (const chart of ['first', 'second'])
        progress.chart(() => [`${chart} line`, 'the same line', 'end']);
      for (const epoch of [1, 2]) progress.note([{ text: `epoch ${epoch}/3`, importance: 1 }]);
      progress.update(2, 3, 'learning');
      progress.chart((columns) => [`last of ${columns}`, 'the same line', 'end']);
      progress.finish();
    });
    expect(lines.slice(0, 6)).toEqual([
      'epoch 1/3',
      'epoch 2/3',
      'train ━━━━━━ 100%  2/2  learning',
      'last of 60',
      'the same line',
      'end',
    ]);
  });

  it('has no chart that is higher than the terminal', async () => {
    const lines = await screenAfter((progress) => {
      progress.update(1, 3, 'learning');
      progress.chart(() => Array<string>(30).fill('chart'));
      progress.finish();
    });
    expect(lines.join('')).not.toContain('chart');
  });

  it('is not there where nothing was to be done', async () => {
    const lines = await screenAfter((progress) => progress.finish());
    expect(lines.join('')).toBe('');
  });
});
