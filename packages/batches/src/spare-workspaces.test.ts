import { expect, it } from 'vitest';
import { SpareWorkspaces } from './spare-workspaces.ts';

const sizes = [
  [4, { stored: 32, input: 28 }],
  [8, { stored: 32, input: 28 }],
  [4, { stored: 48, input: 28 }],
  [4, { stored: 32, input: 24 }],
] as const;

it('makes one workspace for each size, however often runs of these sizes take turns', () => {
  const spare = new SpareWorkspaces(2);
  const made = new Set();
  for (let turn = 0; turn < 20; turn++) {
    const [capacity, sides] = sizes[turn % sizes.length] ?? sizes[0];
    const workspace = spare.take(capacity, sides);
    expect([workspace.capacity, workspace.sides]).toEqual([capacity, sides]);
    made.add(workspace);
    spare.giveBack(workspace);
  }
  expect(made.size).toBe(sizes.length);
});

it('gives each to one at a time', () => {
  const spare = new SpareWorkspaces(2);
  const [capacity, sides] = sizes[0];
  const [one, other] = [spare.take(capacity, sides), spare.take(capacity, sides)];
  expect(one).not.toBe(other);
});

it('lets go of a size that was not used for longest', () => {
  const spare = new SpareWorkspaces(2);
  const inputs = [16, 17, 18, 19, 20].map((input) => ({ stored: 32, input }));
  const made = inputs.map((sides) => spare.take(4, sides));
  made.forEach((workspace) => spare.giveBack(workspace));
  const again = inputs.toReversed().map((sides) => spare.take(4, sides));
  expect(again.map((workspace) => made.includes(workspace))).toEqual([true, true, true, true, false]);
});
