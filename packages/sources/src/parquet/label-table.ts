import { firstOf } from '@alexnet/core';
import { formatProblem } from '../format-problem.ts';
import { labelDigits } from '../label-digits.ts';
import { lookAlikes } from '../layout/class-names.ts';
import type { Values } from './pages.ts';

/** In place of a label, for a row that has none. */
const NONE = -1;

/** How the classes of a dataset are called. */
export interface Naming {
  /** Of a label as {@link LabelTable.add} gives it; undefined for one that is no class. */
  nameOf: (label: number) => string | undefined;
  /** Names that are not used, by class. */
  words: ReadonlyMap<string, string>;
}

/** The labels of all the tables of a dataset, four bytes each. */
export class LabelTable {
  readonly #texts = new Map<string, number>();
  #names: readonly string[] | undefined;
  #kind: 'number' | 'text' | undefined;
  #most = 0;

  /** What a table says of its labels. @throws FORMAT_INVALID where another one says something else */
  addNames(url: string, names: readonly string[] | undefined): void {
    if (names === undefined) return;
    const before = (this.#names ??= names);
    const at = before.findIndex((name, i) => name !== names[i]);
    if (before.length === names.length && at === -1) return;
    throw formatProblem(url, {
      expected: `the same classes as in the files before, ${firstOf(before)},`,
      actual: firstOf(names),
      remedy: 'Are these tables of two datasets? Put them into folders of their own.',
    });
  }

  /** @returns the labels as numbers. @throws FORMAT_INVALID for values that are neither whole numbers nor texts */
  add(url: string, values: Values): Int32Array {
    return Int32Array.from(values as unknown[], (value) => this.#labelOf(url, value));
  }

  #labelOf(url: string, value: unknown): number {
    if (value === null || value === '') return NONE;
    const kind = typeof value === 'string' ? 'text' : 'number';
    this.#kind ??= kind;
    if (this.#kind !== kind) throw this.#wrong(url, `both ${this.#kind}s and ${kind}s`);
    if (typeof value === 'string') {
      const known = this.#texts.get(value) ?? this.#texts.size;
      this.#texts.set(value, known);
      return known;
    }
    const label = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : NaN;
    if (!Number.isInteger(label) || label > (this.#names?.length ?? 2 ** 31) - 1)
      throw this.#wrong(url, Number.isNaN(label) ? typeof value : `${label}`);
    this.#most = Math.max(this.#most, label);
    return Math.max(NONE, label);
  }

  #wrong(url: string, actual: string): Error {
    const count = this.#names?.length;
    return formatProblem(url, {
      expected:
        count === undefined ? 'labels that are whole numbers, or texts,' : `labels from 0 to ${count - 1}`,
      actual,
      remedy: 'Correct the labels and write the table again.',
    });
  }

  /**
   * By their names where these can be told apart; else by the number, in digits of one width, so that they sort as
   * numbers: two classes of ImageNet are called "crane".
   */
  naming(): Naming {
    if (this.#kind === 'text') {
      const texts = [...this.#texts.keys()];
      return { nameOf: (label) => texts[label], words: new Map() };
    }
    const names = this.#names ?? [];
    const isNamed =
      names.length > 0 &&
      new Set(names).size === names.length &&
      names.every((name) => name.trim() !== '') &&
      lookAlikes(names).length === 0;
    if (isNamed) return { nameOf: (label) => names[label], words: new Map() };
    const digitsOf = labelDigits(Math.max(this.#most, names.length - 1));
    return {
      nameOf: (label) => (label === NONE ? undefined : digitsOf(label)),
      words: new Map(names.map((name, label) => [digitsOf(label), name])),
    };
  }
}
