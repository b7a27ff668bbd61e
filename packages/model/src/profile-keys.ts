/** The keys of a profile as data: which there are, what each may hold, and what it means. */
import * as z from 'zod';
import { AlexnetError, closestMatch } from '@alexnet/core';
import { ProfileKeys, type Profile } from './profile.ts';
import { sourceOf, type ProfileDefinition } from './profiles/definition.ts';

/** A key of a profile with its value, and what is known of it. */
export interface ProfileEntry {
  /** Dotted, e.g. `net.width`. */
  key: string;
  value: unknown;
  /** What it may hold, e.g. "whole number, 16 … 512". */
  type: string;
  meaning: string;
  /** Where the value comes from: the profile that states it, and its reason. */
  source: { profile: string; source: string };
}

/**
 * Every key of a profile, in the order of the schema.
 * @param definition what the profile was made of; a value that differs from it was set by the user
 */
export function profileEntries(
  profile: Profile,
  definition: ProfileDefinition,
  original: Profile,
): ProfileEntry[] {
  const before = new Map(shownValues(original).map(({ key, value }) => [key, JSON.stringify(value)]));
  return shownValues(profile)
    .filter(({ key }) => key !== 'name')
    .map(({ key, value }) => {
      const set = before.get(key) !== JSON.stringify(value);
      const stated = set ? undefined : sourceOf(definition, key);
      return {
        ...{ key, value, ...describeKey(key.split('.'), profile) },
        source: stated ?? { profile: profile.name, source: set ? 'set on the command line' : 'the default' },
      };
    });
}

/** @throws CONFIG_UNKNOWN_KEY with the key that was probably meant */
export function checkKey(keys: readonly string[]): void {
  if (schemaAt(keys) !== undefined) return;
  const meant = suggest(keys);
  const below = Object.keys(childrenOf(schemaAt(meant.split('.')) ?? ProfileKeys));
  throw new AlexnetError('CONFIG_UNKNOWN_KEY', {
    expected: 'a key of the profile (`alexnet profile show` lists them)',
    actual: keys.join('.'),
    remedy: `Did you mean ${meant}${below.length > 0 ? `, with one of ${below.join(', ')} after it` : ''}?`,
  });
}

/**
 * The key that was meant: `lr` is optimizer.learningRate by its initials, `batch` is batchSize by its beginning, and
 * `momentum` lies below optimizer. Of several that fit alike, the one nearest to the top.
 */
function suggest(keys: readonly string[]): string {
  const parent = keys.slice(0, -1);
  const parentSchema = parent.length > 0 ? schemaAt(parent) : undefined;
  if (parentSchema !== undefined && Object.keys(childrenOf(parentSchema)).length === 0)
    return parent.join('.');

  const typed = (keys.at(-1) ?? '').toLowerCase();
  const all = allKeys();
  const nearby = all.filter((key) => isNearby(key, keys));
  for (const candidates of [nearby, all]) {
    for (const fits of FITS) {
      const found = candidates.find((key) => fits(lastPart(key), typed));
      if (found !== undefined) return found;
    }
  }
  const candidates = nearby.length > 0 ? nearby : all;
  const last = closestMatch(typed, candidates.map(lastPart));
  return candidates.find((key) => lastPart(key) === last) ?? '';
}

/** From the most certain to the least. `typed` is in lower case. */
const FITS: readonly ((part: string, typed: string) => boolean)[] = [
  (part, typed) => part.toLowerCase() === typed,
  (part, typed) => initials(part) === typed,
  (part, typed) => typed.length > 1 && part.toLowerCase().startsWith(typed),
];

const lastPart = (key: string): string => key.slice(key.lastIndexOf('.') + 1);

/** Whether a key of several parts lies as deep as what was typed, below a top that is spelt nearly alike. */
function isNearby(key: string, typed: readonly string[]): boolean {
  const parts = key.split('.');
  const [top = ''] = typed;
  return (
    typed.length > 1 &&
    parts.length === typed.length &&
    parts[0] === closestMatch(top, Object.keys(ProfileKeys.shape))
  );
}

const initials = (name: string): string => (name[0] ?? '') + name.replace(/[^A-Z]/g, '').toLowerCase();

/** All dotted keys, those nearest to the top first. */
function allKeys(): string[] {
  const below = (schema: z.ZodType, prefix: string): string[] =>
    Object.entries(childrenOf(schema)).flatMap(([name, child]) => [
      `${prefix}${name}`,
      ...below(child, `${prefix}${name}.`),
    ]);
  const depth = (key: string): number => key.split('.').length;
  return [...new Set(below(ProfileKeys, ''))].sort((a, b) => depth(a) - depth(b));
}

function schemaAt(keys: readonly string[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = ProfileKeys;
  for (const key of keys) {
    const children: Record<string, z.ZodType> = schema === undefined ? {} : childrenOf(schema);
    schema = Object.hasOwn(children, key) ? children[key] : undefined;
  }
  return schema;
}

/** The keys that one kind of a thing has, e.g. `cosine` of `schedule`; undefined for a kind that there is not. */
export function keysOfKind(keys: readonly string[], kind: string): readonly string[] | undefined {
  const schema = schemaAt(keys);
  const options = schema instanceof z.ZodDiscriminatedUnion ? (schema.options as z.ZodType[]) : [];
  const shapes = options.map(childrenOf);
  const found = shapes.find((shape) => shape['kind']?.safeParse(kind).success === true);
  return found && Object.keys(found);
}

/** Keys below a schema, of every variant where it has several. */
function childrenOf(schema: z.ZodType): Record<string, z.ZodType> {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional)
    return childrenOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion || schema instanceof z.ZodDiscriminatedUnion)
    return Object.assign({}, ...(schema.options as z.ZodType[]).map(childrenOf)) as Record<string, z.ZodType>;
  return {};
}

/** Every key that has no keys below it, dotted, with its value. */
export function profileValues(profile: Profile): { key: string; value: unknown }[] {
  const below = (value: unknown, key: string): { key: string; value: unknown }[] =>
    isTree(value) && Object.keys(value).length > 0
      ? Object.entries(value).flatMap(([name, child]) => below(child, key === '' ? name : `${key}.${name}`))
      : [{ key, value }];
  return below(profile, '');
}

/** As {@link profileValues}, and what it means that a profile does not have an optional key. */
const shownValues = (profile: Profile): { key: string; value: unknown }[] =>
  profileValues(withAbsent(ProfileKeys, profile) as Profile);

function withAbsent(schema: z.ZodType, value: unknown): unknown {
  if (!isTree(value)) return value;
  const entries = Object.entries(childrenOf(schema)).flatMap(([name, child]) => {
    const shown = value[name] ?? child.meta()?.['default'];
    return shown === undefined ? [] : [[name, withAbsent(child, shown)] as const];
  });
  return Object.fromEntries(entries);
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function describeKey(keys: readonly string[], profile: Profile): { type: string; meaning: string } {
  let schemas: JsonSchema[] = [z.toJSONSchema(ProfileKeys, { io: 'output' }) as JsonSchema];
  let value: unknown = profile;
  let meaning = '';
  for (const key of keys) {
    const within = value;
    value = isTree(value) ? value[key] : undefined;
    const found = schemas.flatMap(variants);
    const [chosen] = found
      .filter((schema) => isOfKind(schema, within))
      .flatMap(({ properties = {} }) => properties[key] ?? []);
    schemas = found.flatMap(({ properties = {} }) => properties[key] ?? []);
    meaning = chosen?.description ?? meaning;
    // Of the kinds of a thing, a key other than its kind is described as the present kind has it.
    if (key !== 'kind' && chosen !== undefined) schemas = [chosen];
  }
  const types = schemas
    .flatMap(variants)
    .map(typeText)
    .filter((text) => text !== '');
  return { type: [...new Set(types)].join(' | '), meaning };
}

/** Whether a variant is that of a value: its `kind` is the value's. */
function isOfKind({ properties = {} }: JsonSchema, value: unknown): boolean {
  const kind = properties['kind']?.const;
  return kind === undefined || (isTree(value) && value['kind'] === kind);
}

/** What is used of JSON Schema. */
interface JsonSchema {
  type?: string;
  description?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

const variants = (schema: JsonSchema): JsonSchema[] => {
  const several = schema.anyOf ?? schema.oneOf;
  return several === undefined ? [schema] : several.flatMap(variants);
};

function typeText(schema: JsonSchema): string {
  const { const: only, enum: values, type = '', items, properties = {} } = schema;
  if (only !== undefined) return JSON.stringify(only).replaceAll('"', '');
  if (values !== undefined) return values.join(' | ');
  const texts: Readonly<Record<string, () => string>> = {
    boolean: () => 'true | false',
    array: () => `list of ${items === undefined ? 'values' : typeText(items)}`,
    integer: () => `whole number${rangeText({ ...schema, ...nextWhole(schema) })}`,
    number: () => `number${rangeText(schema)}`,
    object: () => `{ ${Object.keys(properties).join(', ')} }`,
  };
  return texts[type]?.() ?? type;
}

/** Above 0 is from 1, where only whole numbers are meant. */
const nextWhole = ({ exclusiveMinimum, minimum }: JsonSchema): JsonSchema =>
  exclusiveMinimum === undefined || exclusiveMinimum < Number.MIN_SAFE_INTEGER
    ? {}
    : { minimum: Math.max(exclusiveMinimum + 1, minimum ?? -Infinity) };

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  // zod limits whole numbers to those that a double holds exactly.
  const known = (limit: number | undefined): limit is number =>
    limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
  const low = known(minimum) ? `from ${minimum}` : known(exclusiveMinimum) ? `above ${exclusiveMinimum}` : '';
  const high = known(maximum) ? `to ${maximum}` : known(exclusiveMaximum) ? `below ${exclusiveMaximum}` : '';
  const range = [low, high]
    .filter((part) => part !== '')
    .join(', ')
    .replace(/^(from .*), to/, '$1 to');
  return range === '' ? '' : `, ${range}`;
}
