import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ENVIRONMENT_VARIABLES } from '@alexnet/core';
import { parse } from 'yaml';

const root = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));
const chart = path.join(root, 'infra/helm/alexnet');
const read = (file: string): string => readFileSync(path.join(chart, file), 'utf8');

interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
}

type Tree = Readonly<Record<string, unknown>>;

const schema = JSON.parse(read('values.schema.json')) as Schema;
const values = parse(read('values.yaml')) as Tree;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The paths of what is not a map, or an empty one, such as `trainer.device`. */
function leaves(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const at = `${prefix}${name}`;
    return isTree(value) && Object.keys(value).length > 0 ? leaves(value, `${at}.`) : [at];
  });
}

/** The paths of a schema's properties; a map of any keys is one of them. */
function properties(of: Schema, prefix = ''): string[] {
  return Object.entries(of.properties ?? {}).flatMap(([name, one]) => {
    const definition = one.$ref === undefined ? one : (schema.$defs?.[path.basename(one.$ref)] ?? {});
    const at = `${prefix}${name}`;
    return definition.properties === undefined ? [at] : properties(definition, `${at}.`);
  });
}

/** Maps that have keys of the person's, or of Kubernetes, as well as those that they have by default. */
const MAPS = /^(config|.*(resources|labels|updateStrategy|SecurityContext))\./;

/** The path of the value that a leaf belongs to. */
const propertyOf = (leaf: string): string => MAPS.exec(leaf)?.[1] ?? leaf;

it('the chart takes every environment variable, and nothing else, in config', () => {
  expect(Object.keys(schema.properties?.['config']?.properties ?? {})).toEqual(
    Object.keys(ENVIRONMENT_VARIABLES),
  );
  expect(schema.properties?.['config']?.additionalProperties).toBe(false);
});

it('the variables that have a value of their own are known, and so is that value', () => {
  const [, table = ''] =
    /define "alexnet.typed" -\}\}\n([^]*?)\{\{- end/.exec(read('templates/_settings.tpl')) ?? [];
  const typed = parse(table) as Record<string, string>;
  const known = [...Object.keys(ENVIRONMENT_VARIABLES), 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  expect(known).toEqual(expect.arrayContaining(Object.keys(typed)));
  expect(leaves(values)).toEqual(expect.arrayContaining(Object.values(typed)));
});

it('the schema has what values.yaml has', () => {
  const given = leaves(values).map(propertyOf);
  const told = new Set(properties(schema).map(propertyOf));
  told.delete('global');
  expect([...new Set(given)].sort()).toEqual([...told].sort());
});

it('a case of helm-unittest sets each value', () => {
  const files = readdirSync(path.join(chart, 'tests')).filter((name) => name.endsWith('_test.yaml'));
  const cases = files.flatMap(
    (name) => (parse(read(`tests/${name}`)) as { tests: { it: string; set?: Tree }[] }).tests,
  );
  expect(cases.length).toBeGreaterThanOrEqual(40);
  const set = new Set(cases.flatMap(({ set: given = {} }) => leaves(given)));
  const isSet = (leaf: string): boolean => [...set].some((at) => at === leaf || at.startsWith(`${leaf}.`));
  const unset = leaves(values).filter((leaf) => !isSet(leaf) && !isSet(propertyOf(leaf)));
  expect(unset).toEqual([]);
});

it('the chart has the version of the project', () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
});
