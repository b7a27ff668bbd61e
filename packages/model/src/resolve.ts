import * as z from 'zod';
import { AlexnetError, messageOf, nearest, shown } from '@alexnet/core';
import { alexnet } from './architecture.ts';
import { parseProfile, ProfileKeys } from './profile.ts';
import type { Profile } from './profile.ts';
import { caffe } from './profiles/caffe.ts';
import { cudaConvnet2 } from './profiles/cuda-convnet2.ts';
import { demo } from './profiles/demo.ts';
import { modified } from './profiles/modified.ts';
import { paper } from './profiles/paper.ts';

export const PROFILES: Readonly<Record<string, Profile>> = {
  paper,
  'cuda-convnet2': cudaConvnet2,
  caffe,
  modified,
  demo,
};

/**
 * A profile by its name, with `key=value` assignments applied in order, e.g. `optimizer.learningRate=0.02` or
 * `schedule={"kind":"steps","factor":0.1,"at":[0.5]}`. Values are JSON; what is no JSON is taken as text.
 * @throws CONFIG_UNKNOWN_KEY with the nearest key; CONFIG_INVALID for an unknown profile, a bad value, or layers that do not
 * fit together
 */
export function resolveProfile(name: string, assignments: readonly string[]): Profile {
  if (!Object.hasOwn(PROFILES, name)) {
    const names = Object.keys(PROFILES);
    throw new AlexnetError('CONFIG_INVALID', {
      expected: `a profile, one of ${names.join(', ')}`,
      actual: shown(name),
      remedy: `Did you mean ${nearest(name, names)}?`,
    });
  }
  const json: unknown = structuredClone(PROFILES[name]);
  for (const assignment of assignments) assign(json as Tree, assignment);
  const profile = parseProfile(json);
  checkNet(profile);
  return profile;
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

interface Tree {
  [key: string]: unknown;
}

function assign(tree: Tree, assignment: string): void {
  const equals = assignment.indexOf('=');
  if (equals < 1) {
    throw new AlexnetError('CONFIG_INVALID', {
      expected: 'an assignment key=value, e.g. optimizer.learningRate=0.02',
      actual: shown(assignment),
      remedy: 'Write the key, an equals sign and the value, without spaces.',
    });
  }
  const keys = assignment.slice(0, equals).split('.');
  checkKey(keys);
  let target = tree;
  for (const [depth, key] of keys.slice(0, -1).entries()) {
    const branch = target[key];
    if (typeof branch !== 'object' || branch === null) {
      throw new AlexnetError('CONFIG_INVALID', {
        expected: `${keys.slice(0, depth + 1).join('.')} to have keys of its own`,
        actual: shown(branch),
        remedy: 'Set the whole of it first, as JSON.',
      });
    }
    target = branch as Tree;
  }
  target[keys.at(-1) as string] = parseValue(assignment.slice(equals + 1));
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function checkKey(keys: readonly string[]): void {
  let schema: z.ZodType = ProfileKeys;
  const correct: string[] = [];
  let wrong = false;
  for (const key of keys) {
    const children = childrenOf(schema);
    const names = Object.keys(children);
    if (names.length === 0) {
      wrong = true;
      break;
    }
    const meant = Object.hasOwn(children, key) ? key : guess(key, names);
    wrong ||= meant !== key;
    correct.push(meant);
    schema = children[meant] as z.ZodType;
  }
  if (!wrong) return;
  const below = Object.keys(childrenOf(schema));
  throw new AlexnetError('CONFIG_UNKNOWN_KEY', {
    expected: `a key of the profile (${Object.keys(ProfileKeys.shape).join(', ')})`,
    actual: keys.join('.'),
    remedy: `Did you mean ${correct.join('.')}${below.length > 0 ? `, with one of ${below.join(', ')} after it` : ''}?`,
  });
}

/** Keys below a schema, of every variant where it has several. */
function childrenOf(schema: z.ZodType): Record<string, z.ZodType> {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodDefault) return childrenOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion || schema instanceof z.ZodDiscriminatedUnion)
    return Object.assign({}, ...(schema.options as z.ZodType[]).map(childrenOf)) as Record<string, z.ZodType>;
  return {};
}

/** `lr` means learningRate, by its initials; otherwise the nearest spelling. */
function guess(key: string, names: readonly string[]): string {
  const initials = (name: string): string => (name[0] ?? '') + name.replace(/[^A-Z]/g, '').toLowerCase();
  return names.find((name) => initials(name) === key.toLowerCase()) ?? nearest(key, names);
}
