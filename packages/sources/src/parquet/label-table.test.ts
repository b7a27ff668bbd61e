import { expect, it } from 'vitest';
import { LabelTable } from './label-table.ts';

const URL = 'file:///t.parquet';

function named(names: readonly string[] | undefined, values: readonly unknown[]): (string | undefined)[] {
  const table = new LabelTable();
  table.addNames(URL, names);
  const labels = table.add(URL, values);
  const { nameOf } = table.naming();
  return Array.from(labels, (label) => nameOf(label));
}

it('names classes by their names, by their texts, or by digits of one width', () => {
  expect(named(['ape', 'bee'], [1, 0n, 1])).toEqual(['bee', 'ape', 'bee']);
  expect(named(undefined, ['x', 'y', 'x'])).toEqual(['x', 'y', 'x']);
  expect(named(undefined, [2, 10])).toEqual(['02', '10']);
});

it('has no class for -1, for nothing and for an empty text', () => {
  expect(named(['ape'], [-1, null, 0])).toEqual([undefined, undefined, 'ape']);
  expect(named(undefined, [-1n, 3])).toEqual([undefined, '3']);
  expect(named(undefined, ['', null, 'x'])).toEqual([undefined, undefined, 'x']);
});

it.each([[['crane', 'bee', 'crane']], [['crane', 'bee', 'crane ']], [['crane', 'bee', '']]])(
  'does not merge classes whose names cannot be told apart: %j',
  (names) => {
    const table = new LabelTable();
    table.addNames(URL, names);
    table.add(URL, [0, 1, 2]);
    const { nameOf, words } = table.naming();
    expect([0, 1, 2].map(nameOf)).toEqual(['0', '1', '2']);
    expect(words.get('2')).toBe(names[2]);
  },
);

it.each([
  [['ape', 'bee'], [2]],
  [undefined, [1, 'x']],
  [undefined, [1.5]],
  [undefined, [true]],
  [undefined, [new Date(0)]],
])('refuses labels that are none: names %j, values %j', (names, values) => {
  expect(() => named(names, values)).toThrow(/labels/);
});

it('refuses tables with other classes', () => {
  const table = new LabelTable();
  table.addNames(URL, ['ape', 'bee']);
  table.addNames(URL, undefined);
  table.addNames(URL, ['ape', 'bee']);
  expect(() => table.addNames(URL, ['bee', 'ape'])).toThrow(/same classes/);
  expect(() => table.addNames(URL, ['ape', 'bee', 'cat'])).toThrow(/same classes/);
});
