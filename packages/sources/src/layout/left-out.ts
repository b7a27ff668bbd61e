import type { ClutterReason } from '../files/clutter.ts';

/** Folders that are named; the images of the others are counted together. */
const FOLDERS_NAMED = 100;
const OTHERS = '…';

/** What of a source is no part of the dataset, in numbers. */
export class LeftOut {
  readonly #reasons = new Map<string, number>();
  readonly #folders = new Map<string, number>();

  /** An entry that is no image, or is in no class. */
  count(reason: ClutterReason | 'outside-classes'): void {
    add(this.#reasons, reason);
  }

  /** An image in a folder that is not used, such as `test`. */
  image(folder: string): void {
    const isNamed = this.#folders.has(folder) || this.#folders.size < FOLDERS_NAMED;
    add(this.#folders, isNamed ? folder : OTHERS);
  }

  /** Entries by reason. */
  reasons(): Record<string, number> {
    return sorted(this.#reasons);
  }

  /** Images by folder. */
  folders(): Record<string, number> {
    return sorted(this.#folders);
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
