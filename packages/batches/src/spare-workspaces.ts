import { LRUCache } from 'lru-cache';
import type { Sides } from './augmentations/kind.ts';
import { SliceWorkspace } from './workspace.ts';

/** Sizes that are kept: runs whose slices a worker makes by turns. */
const SIZES = 4;

/** Workspaces that are not in use: of each size at most as many as slices of it were ever made at a time. */
export class SpareWorkspaces {
  readonly #bands: number;
  readonly #spare = new LRUCache<string, SliceWorkspace[]>({ max: SIZES });

  /** @param bands of each workspace */
  constructor(bands: number) {
    this.#bands = bands;
  }

  /** @param capacity most samples of a slice */
  take(capacity: number, sides: Sides): SliceWorkspace {
    const spare = this.#spare.get(nameOf(capacity, sides))?.pop();
    return spare ?? new SliceWorkspace(capacity, sides, this.#bands);
  }

  giveBack(workspace: SliceWorkspace): void {
    const size = nameOf(workspace.capacity, workspace.sides);
    const spare = this.#spare.get(size) ?? [];
    spare.push(workspace);
    this.#spare.set(size, spare);
  }
}

const nameOf = (capacity: number, { stored, input }: Sides): string => `${capacity} ${stored} ${input}`;
