import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { judge, median, ratiosOf } from './arithmetic.ts';
import { compare, readCommitted } from './check.ts';
import { parseOptions } from './options.ts';
import { markdownReport, plainTable, benchmarkReport } from './report.ts';
import { measureRounds } from './rounds.ts';
import type { Contender, Benchmark } from './benchmark.ts';

const ours = { name: 'ours', role: 'ours', rates: [10, 20, 90], figures: { wait: 3 } } as const;
const peer = { name: 'peer', role: 'peer', rates: [5, 5, 30], figures: {} } as const;
const limit = { name: 'limit', role: 'limit', rates: [100, 100, 100], figures: {} } as const;
const claim = { ours: 'ours', against: 'peer', atLeast: 2 };

const benchmark: Benchmark = {
  name: 'test',
  title: 'A test',
  unit: 'things/s',
  open: () => Promise.reject(new Error('not opened here')),
  claims: [claim, { ours: 'ours', against: 'absent', atLeast: 1 }],
};

it('takes the middle value, or the mean of the middle two', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([1, 9])).toBe(5);
  expect(() => median([])).toThrow(RangeError);
});

it('takes the ratio within each round before the median', () => {
  // 2, 4, 3 within the rounds; of the medians it would be 4.
  expect(ratiosOf([ours, peer, limit], [])).toEqual([
    { ours: 'ours', against: 'peer', ratio: 3, best: 3 },
    { ours: 'ours', against: 'limit', ratio: 0.2, best: 0.9 },
  ]);
});

it('compares two of ours where a claim names them', () => {
  const two = { ...ours, name: 'two', rates: [20, 40, 180] };
  const between = { ours: 'two', against: 'ours', atLeast: 1.8 };
  expect(ratiosOf([ours, two], [between])).toEqual([{ ours: 'two', against: 'ours', ratio: 2, best: 2 }]);
});

it('says which claims hold, which are missed and which were not measured', () => {
  const ratio = (value: number) => [{ ours: 'ours', against: 'peer', ratio: value, best: value }];
  expect(judge(benchmark.claims, [ours], ratio(1.9)).map(({ state }) => state)).toEqual([
    'missed',
    'skipped',
  ]);
  expect(judge([claim], [ours], ratio(2))[0]).toMatchObject({ state: 'holds', value: 2 });
  const waiting = (atMost: number) => judge([{ ours: 'ours', figure: 'wait', atMost }], [ours], [])[0];
  expect(waiting(3)).toMatchObject({ state: 'holds', value: 3 });
  expect(waiting(2.9)).toMatchObject({ state: 'missed', value: 3 });
  expect(judge([{ ours: 'ours', figure: 'absent', atMost: 1 }], [ours], [])[0]?.state).toBe('skipped');
});

const idle = (): Promise<void> => Promise.resolve();

it('measures in turns, and leaves the first round out', async () => {
  const order: string[] = [];
  const contender = (name: string): Contender => ({
    name,
    role: 'ours',
    measure: () => {
      order.push(name);
      // The warm-up's would be the worst.
      return Promise.resolve({
        rate: order.length,
        figures: { [name]: order.length < 3 ? 99 : order.length },
      });
    },
  });
  const rates = await measureRounds([contender('a'), contender('b')], 2, () => undefined, idle);
  expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  expect(rates.map((one) => one.rates)).toEqual([
    [3, 5],
    [4, 6],
  ]);
  expect(rates.map(({ figures }) => figures)).toEqual([{ a: 5 }, { b: 6 }]);
  const broken: Contender = { name: 'broken', role: 'peer', measure: () => Promise.resolve({ rate: NaN }) };
  await expect(measureRounds([broken], 1, () => undefined, idle)).rejects.toThrow(
    'broken gave a rate of NaN',
  );
});

it('puts rates and ratios into a table', () => {
  const report = benchmarkReport(benchmark, [ours, peer]);
  expect(markdownReport(report)).toBe(
    [
      '|  | role | things/s | ours / |',
      '| --- | --- | ---: | ---: |',
      '| ours | ours | 20.0 |  |',
      '| peer | peer | 5.00 | 3.00 |',
      '',
      '- ours: wait: at most 3.00',
    ].join('\n'),
  );
  expect(plainTable(report).split('\n').slice(-2)).toEqual([
    'holds    ours / peer ≥ 2.00: 3.00',
    'skipped  ours / absent ≥ 1.00: not measured',
  ]);
});

it('finds a planted fall of more than a third, whatever the times', () => {
  const committed = { benchmarks: [{ name: 'test', ratios: ratiosOf([ours, peer, limit], []) }] };
  const slower = (factor: number): Parameters<typeof compare>[1] => ({
    benchmarks: [
      benchmarkReport(benchmark, [{ ...ours, rates: ours.rates.map((rate) => rate * factor) }, peer]),
    ],
  });
  expect(compare(committed, slower(0.7))).toEqual({
    fallen: [],
    kept: ['test: ours / peer was 3.00, is 2.10'],
    skipped: ['test: ours / limit'],
  });
  expect(compare(committed, slower(0.6)).fallen).toEqual(['test: ours / peer was 3.00, is 1.80']);
  // Some rounds were disturbed: the best one was not.
  const disturbed = [{ ...ours, rates: [1, 2, 90] }, peer];
  expect(compare(committed, { benchmarks: [benchmarkReport(benchmark, disturbed)] }).fallen).toEqual([]);
  const slowMachine = [ours, peer].map((one) => ({ ...one, rates: one.rates.map((rate) => rate / 100) }));
  expect(compare(committed, { benchmarks: [benchmarkReport(benchmark, slowMachine)] }).fallen).toEqual([]);
  expect(compare(committed, { benchmarks: [] }).skipped).toEqual(['test: ours / peer', 'test: ours / limit']);
});

it('reads only what --json wrote', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-bench-test-'));
  try {
    const file = path.join(folder, 'table.json');
    await writeFile(file, JSON.stringify({ benchmarks: [benchmarkReport(benchmark, [ours, peer])] }));
    expect((await readCommitted(file)).benchmarks[0]?.ratios).toEqual([
      { ours: 'ours', against: 'peer', best: 3 },
    ]);
    await writeFile(file, '{"benchmarks": [{"name": "test"}]}');
    await expect(readCommitted(file)).rejects.toMatchObject({ code: 'USAGE', exitCode: 2 });
    await expect(readCommitted(path.join(folder, 'absent'))).rejects.toMatchObject({ code: 'USAGE' });
    expect(await readdir(folder)).toEqual(['table.json']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('refuses what it does not know, with exit code 2', () => {
  expect(parseOptions(['test', '--rounds', '7'], [benchmark])).toMatchObject({
    benchmarks: [benchmark],
    rounds: 7,
  });
  expect(parseOptions([], [benchmark])).toMatchObject({ benchmarks: [benchmark], rounds: 5, peers: false });
  for (const args of [['absent'], ['--fast'], ['--rounds', '0'], ['--rounds', 'many'], ['--json']]) {
    expect(() => parseOptions(args, [benchmark]), args.join(' ')).toThrow(
      expect.objectContaining({ code: 'USAGE', exitCode: 2 }),
    );
  }
});
