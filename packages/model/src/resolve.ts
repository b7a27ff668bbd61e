import { AlexnetError, messageOf, closestMatch, formatValue } from '@alexnet/core';
import { alexnet } from './architecture.ts';
import { checkKey, keysOfKind } from './profile-keys.ts';
import { parseProfile } from './profile.ts';
import type { Profile } from './profile.ts';
import { caffe } from './profiles/caffe.ts';
import { cudaConvnet2 } from './profiles/cuda-convnet2.ts';
import { lineage, type ProfileDefinition } from './profiles/definition.ts';
import { demo } from './profiles/demo.ts';
import { modified } from './profiles/modified.ts';
import { paper } from './profiles/paper.ts';
import { small } from './profiles/small.ts';

export const PROFILES: readonly ProfileDefinition[] = [paper, cudaConvnet2, caffe, modified, small, demo];

/** @throws CONFIG_INVALID for a name that no profile has */
export function findProfile(name: string): ProfileDefinition {
  const found = PROFILES.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const names = PROFILES.map((profile) => profile.name);
  throw new AlexnetError('CONFIG_INVALID', {
    expected: `a profile, one of ${names.join(', ')}`,
    actual: formatValue(name),
    remedy: `Did you mean ${closestMatch(name, names)}?`,
  });
}

/** The values of a definition and of those it is based on. @throws CONFIG_INVALID */
export function profileOf(definition: ProfileDefinition): Profile {
  const values: Tree = { name: definition.name };
  for (const { values: stated } of lineage(definition).reverse())
    for (const [key, [value]] of Object.entries(stated))
      setAt(values, key.split('.'), structuredClone(value));
  return parseProfile(values);
}

/**
 * A profile by its name, with `key=value` assignments applied in order, e.g. `optimizer.learningRate=0.02` or
 * `schedule={"kind":"steps","factor":0.1,"at":[0.5]}`. Values are JSON; what is no JSON is taken as text. A new `kind` keeps
 * the values of the keys that both kinds have.
 * @throws CONFIG_UNKNOWN_KEY with the nearest key; CONFIG_INVALID for an unknown profile, a bad value, or layers that do not
 * fit together
 * @param kept values that come before the assignments, such as the net of weights that a run starts from
 */
export function resolveProfile(
  name: string,
  assignments: readonly string[],
  kept: Partial<Profile> = {},
): Profile {
  return changeProfile({ ...profileOf(findProfile(name)), ...kept }, assignments);
}

/** A profile with assignments applied. @throws as {@link resolveProfile} */
export function changeProfile(profile: Profile, assignments: readonly string[]): Profile {
  const values: Tree = structuredClone({ ...profile });
  for (const assignment of assignments) assign(values, assignment);
  const changed = parseProfile(values);
  checkNet(changed);
  return changed;
}

/** @throws CONFIG_INVALID for settings whose layers do not fit together */
function checkNet({ net }: Profile): void {
  try {
    alexnet({ ...net, classes: 2 });
  } catch (cause) {
    throw new AlexnetError('CONFIG_INVALID', {
      expected: 'settings of net whose layers fit together',
      actual: messageOf(cause),
      remedy: 'A larger net.input, or other net.outputs or net.groups, may do.',
    });
  }
}

/** Checks that the keys of assignments exist, before it is known of which profile. @throws as {@link resolveProfile} */
export function checkAssignments(assignments: readonly string[]): void {
  for (const assignment of assignments) checkKey(splitAssignment(assignment).keys);
}

interface Tree {
  [key: string]: unknown;
}

function splitAssignment(assignment: string): { keys: string[]; value: string } {
  const equals = assignment.indexOf('=');
  if (equals < 1) {
    throw new AlexnetError('CONFIG_INVALID', {
      expected: 'an assignment key=value, e.g. optimizer.learningRate=0.02',
      actual: formatValue(assignment),
      remedy: 'Write the key, an equals sign and the value, without spaces.',
    });
  }
  return { keys: assignment.slice(0, equals).split('.'), value: assignment.slice(equals + 1) };
}

function assign(tree: Tree, assignment: string): void {
  const { keys, value } = splitAssignment(assignment);
  checkKey(keys);
  if (keys.at(-1) === 'kind') dropOtherKinds(tree, keys.slice(0, -1), value);
  setAt(tree, keys, parseValue(value));
}

/** `schedule.kind=cosine` leaves out the keys that the kind before had and this one does not. */
function dropOtherKinds(tree: Tree, parent: readonly string[], kind: string): void {
  const kept = keysOfKind(parent, kind);
  const before = parent.reduce<unknown>((value, key) => (value as Tree | undefined)?.[key], tree);
  if (kept === undefined || typeof before !== 'object' || before === null) return;
  setAt(tree, parent, Object.fromEntries(Object.entries(before).filter(([key]) => kept.includes(key))));
}

/** @throws CONFIG_INVALID where something on the way is no object */
function setAt(tree: Tree, keys: readonly string[], value: unknown): void {
  let target = tree;
  for (const [depth, key] of keys.slice(0, -1).entries()) {
    const branch = (target[key] ??= {});
    if (typeof branch !== 'object') {
      throw new AlexnetError('CONFIG_INVALID', {
        expected: `${keys.slice(0, depth + 1).join('.')} to have keys`,
        actual: formatValue(branch),
        remedy: 'Set the whole of it first, as JSON.',
      });
    }
    target = branch as Tree;
  }
  target[keys.at(-1) as string] = value;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
