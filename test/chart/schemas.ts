/** The schemas of Kubernetes' own resources and of custom ones, as kubeconform reads them. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AlexnetError } from '@alexnet/core';
import { fetchGoModule } from '@alexnet/local';
import { parseAllDocuments } from 'yaml';
import { preparePython } from '../support/python.ts';
import { run } from '../support/run.ts';
import { RESOURCES } from './tools.ts';

/** Those that Chart.yaml allows. */
export const KUBERNETES = ['1.31', '1.32', '1.33', '1.34', '1.35', '1.36', '1.37'] as const;

/** Where the schemas are, for `-schema-location`: of a version of Kubernetes, and of custom resources. */
export interface Schemas {
  kubernetes: (version: string) => string;
  custom: string;
}

/**
 * Writes the schemas into a folder.
 * @throws PROVISION_FAILED, PYTHON_MISSING
 */
export async function prepareSchemas(folder: string): Promise<Schemas> {
  const wheel = await findWheel();
  await Promise.all(KUBERNETES.map((version) => copyVersion(wheel, version, path.join(folder, version))));
  const custom = path.join(folder, 'custom');
  await mkdir(custom, { recursive: true });
  for (const { module, folder: inside } of RESOURCES) {
    const files = path.join(await fetchGoModule(module, { signal: undefined }), inside);
    for (const name of await readdir(files)) {
      for (const [file, schema] of customSchemas(await readFile(path.join(files, name), 'utf8')))
        await writeFile(path.join(custom, file), JSON.stringify(schema));
    }
  }
  return {
    kubernetes: (version) => path.join(folder, version, '{{.ResourceKind}}{{.KindSuffix}}.json'),
    custom: path.join(custom, '{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json'),
  };
}

async function findWheel(): Promise<string> {
  const python = await preparePython({
    name: 'kubernetes-schemas',
    size: 'about 23 MB',
    imports: 'import importlib.util as u; assert u.find_spec("kubernetes_validate")',
  });
  const where =
    'import importlib.util as u; print(u.find_spec("kubernetes_validate").submodule_search_locations[0])';
  const { stdout } = await run(python, ['-c', where]);
  return path.join(stdout.trim(), 'kubernetes-json-schema');
}

/** Strict ones, each with the definitions that it refers to: kubeconform does not find those of another file. */
async function copyVersion(wheel: string, version: string, to: string): Promise<void> {
  const from = path.join(wheel, `v${version}.0-local-strict`);
  const names = await readdir(from).catch((cause: unknown) => {
    throw new AlexnetError('PROVISION_FAILED', {
      ...{ expected: `the schemas of Kubernetes ${version} in kubernetes-validate`, actual: `no ${from}` },
      ...{ remedy: 'Pin a version of kubernetes-validate that has them (infra/downloads.json).', cause },
    });
  });
  await mkdir(to, { recursive: true });
  const read = async (name: string): Promise<string> =>
    (await readFile(path.join(from, name), 'utf8')).replaceAll('"/api/_definitions.json#', '"#');
  const { $defs } = JSON.parse(await read('_definitions.json')) as { $defs: Record<string, Schema> };
  for (const name of names.filter((each) => ROOTS.test(each))) {
    const schema = JSON.parse(await read(name)) as Schema;
    const needed = definitionsOf(schema, $defs);
    await writeFile(path.join(to, name), JSON.stringify({ ...schema, $defs: needed }));
  }
}

/** Schemas of resources, among those of their parts. */
const ROOTS =
  /^(configmap|deployment|horizontalpodautoscaler|ingress|job|networkpolicy|pod|poddisruptionbudget|secret|service|serviceaccount|statefulset)-/;

/** The definitions that a schema refers to, and those that these refer to. */
function definitionsOf(schema: Schema, all: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const open = [schema];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const [, name = ''] of JSON.stringify(one).matchAll(/"#\/\$defs\/([^"]+)"/g)) {
      const definition = all[name];
      if (found[name] !== undefined || definition === undefined) continue;
      found[name] = definition;
      open.push(definition);
    }
  }
  return found;
}

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  [key: string]: unknown;
}

interface Definition {
  kind?: string;
  spec?: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema?: { openAPIV3Schema?: Schema } }[];
  };
}

/** The schemas of a CustomResourceDefinition, by file name. */
function customSchemas(text: string): [string, Schema][] {
  return parseAllDocuments(text).flatMap((document) => {
    const { kind, spec } = (document.toJS() ?? {}) as Definition;
    if (kind !== 'CustomResourceDefinition' || spec === undefined) return [];
    return spec.versions.flatMap(({ name, schema }) => {
      if (schema?.openAPIV3Schema === undefined) return [];
      const file = `${spec.names.kind}-${spec.group}-${name}.json`.toLowerCase();
      return [[file, strict(schema.openAPIV3Schema, true)] satisfies [string, Schema]];
    });
  });
}

/** As the API server reads it: it refuses fields that are not in the schema. Of the metadata it has no schema. */
function strict(schema: Schema, isRoot = false): Schema {
  const { properties, items, additionalProperties, ...rest } = schema;
  if (schema['x-kubernetes-int-or-string'] === true)
    return { ...rest, type: undefined, anyOf: [{ type: 'integer' }, { type: 'string' }] };
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return {
    ...rest,
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [
          name,
          isRoot && name === 'metadata' ? { type: 'object' } : strict(one),
        ]),
      ),
      additionalProperties: isOpen,
    }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: strict(additionalProperties) }),
    ...(items !== undefined && { items: strict(items) }),
  };
}
