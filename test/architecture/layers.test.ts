import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ICruiseResult } from 'dependency-cruiser';
import { cruiseRepository, RULES } from './cruise.ts';
import { withRepository } from './fixture.ts';

const root = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

describe('this repository', () => {
  let result: ICruiseResult;
  beforeAll(async () => {
    result = await cruiseRepository(root);
  });

  it('follows every rule', () => {
    const violations = result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
    expect(violations).toEqual([]);
  });

  it('was really read', () => {
    const sources = result.modules.filter(({ source }) => source.includes('/src/'));
    expect(sources.length).toBeGreaterThan(100);
    for (const [from, to] of KNOWN_IMPORTS) {
      const dependencies = sources.find(({ source }) => source === from)?.dependencies ?? [];
      expect(
        dependencies.map(({ resolved }) => resolved),
        from,
      ).toContainEqual(expect.stringContaining(to));
    }
  });
});

const KNOWN_IMPORTS = [
  ['packages/batches/src/slice-maker.ts', 'packages/batches/src/order.ts'],
  ['packages/batches/src/slice-maker.ts', 'packages/images/dist/index.d.ts'],
  // Of a type alone.
  ['packages/batches/src/slice-maker.ts', 'packages/datasets/dist/index.d.ts'],
  ['packages/datasets/src/plan.test.ts', 'packages/datasets/src/plan.ts'],
  ['packages/storage/src/s3.ts', 'node_modules/@aws-sdk/client-s3/'],
  ['packages/tensorflow/src/open.ts', 'node_modules/@tensorflow/tfjs-node-gpu/'],
  ['infra/local/src/redis.ts', 'packages/core/dist/index.d.ts'],
  ['services/trainer/src/engine/thread.ts', 'packages/model/dist/index.d.ts'],
] as const;

/** What is planted, and the rules that it must break: these and no other. */
const VIOLATIONS: [string, Record<string, string>, string[]][] = [
  ['nothing', {}, []],
  [
    'an import of a higher layer',
    { 'packages/core/src/index.ts': "import '@alexnet/storage';" },
    ['layer-0'],
  ],
  [
    'a low package that reaches up',
    { 'packages/telemetry/src/index.ts': "import '@alexnet/storage';" },
    ['layer-1'],
  ],
  ['an import within a layer', { 'packages/images/src/index.ts': "import '@alexnet/storage';" }, ['layer-2']],
  [
    'an import of a type alone',
    { 'packages/sources/src/index.ts': "import type {} from '@alexnet/model';" },
    ['layer-3'],
  ],
  [
    'a dynamic import',
    { 'packages/checkpoints/src/index.ts': "await import('@alexnet/batches');" },
    ['layer-5'],
  ],
  ['a test that reaches up', { 'packages/model/src/a.test.ts': "import '@alexnet/pipeline';" }, ['layer-3']],
  ['a re-export', { 'packages/datasets/src/index.ts': "export {} from '@alexnet/batches';" }, ['layer-4']],
  [
    'a package below the highest that reaches up',
    { 'packages/pipeline/src/index.ts': "import '@alexnet/export';" },
    ['layer-6'],
  ],
  [
    'a package without a layer',
    { 'packages/extra/src/index.ts': "import '@alexnet/core';" },
    ['package-has-layer'],
  ],
  [
    'a package that imports a service',
    { 'packages/pipeline/src/index.ts': "import '@alexnet/trainer';" },
    ['packages-not-services'],
  ],
  [
    'a service that imports a service',
    { 'services/trainer/src/main.ts': "import '@alexnet/preprocess';" },
    ['services-not-each-other'],
  ],
  [
    'a source that imports a test',
    {
      'test/support.ts': 'export const support = 1;',
      'services/trainer/src/main.ts': "import '../../../test/support.ts';",
    },
    ['nothing-imports-test'],
  ],
  [
    'a way past the entry of a package',
    { 'packages/pipeline/src/index.ts': "import '../../storage/src/keys.ts';" },
    ['no-deep-imports'],
  ],
  [
    'a subpath that a package does not declare',
    { 'packages/pipeline/src/index.ts': "import '@alexnet/storage/src/keys.ts';" },
    ['no-unresolvable'],
  ],
  [
    'a cycle',
    {
      'packages/core/src/index.ts': "import './a.ts';",
      'packages/core/src/a.ts': "import './b.ts';",
      'packages/core/src/b.ts': "import './a.ts';",
    },
    ['no-cycles'],
  ],
  [
    'modules that only know each other',
    {
      'packages/core/src/a.ts': "import './b.ts';",
      'packages/core/src/b.ts': 'export const b = 1;',
    },
    ['no-orphans'],
  ],
  [
    'another importer of the S3 client',
    { 'packages/checkpoints/src/index.ts': "import '@aws-sdk/client-s3';" },
    ['only-storage-imports-aws'],
  ],
  [
    'another importer of BullMQ',
    { 'services/trainer/src/main.ts': "import 'bullmq';" },
    ['only-queues-imports-bullmq'],
  ],
  ['another importer of ioredis', { 'test/a.test.ts': "import 'ioredis';" }, ['only-redis-imports-ioredis']],
  [
    'another importer of sharp',
    { 'packages/datasets/src/index.ts': "import 'sharp';" },
    ['only-images-imports-sharp'],
  ],
  [
    'another importer of d3',
    { 'services/trainer/src/main.ts': "import 'd3-scale';" },
    ['only-figures-imports-d3'],
  ],
  [
    'another importer of prom-client',
    { 'services/trainer/src/main.ts': "import 'prom-client';" },
    ['only-telemetry-imports-its-libraries'],
  ],
  [
    'another importer of a foreign function interface',
    { 'packages/datasets/src/index.ts': "import 'koffi';" },
    ['only-three-packages-import-koffi'],
  ],
  [
    'another importer of TensorFlow',
    { 'packages/model/src/index.ts': "import type {} from '@tensorflow/tfjs-node-gpu';" },
    ['only-tensorflow-imports-tensorflow'],
  ],
];

describe('a repository of the same kind', () => {
  it.each(VIOLATIONS)('with %s breaks the rule made for it alone', async (_, planted, rules) => {
    const { summary } = await withRepository(planted, cruiseRepository);
    expect([...new Set(summary.violations.map(({ rule }) => rule.name))]).toEqual(rules);
  });

  it('has a violation here for every rule, and every rule is an error', () => {
    const tried = new Set(VIOLATIONS.flatMap(([, , rules]) => rules));
    // A package of the highest layer has nothing above it but services.
    expect(RULES.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual(['layer-7']);
    expect(RULES.filter(({ severity }) => severity !== 'error')).toEqual([]);
  });
});
