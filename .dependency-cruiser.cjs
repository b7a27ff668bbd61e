/**
 * Who may import whom (docs/architecture.md, "Layers"). Every rule is an error; test/architecture proves that each can
 * fail. An import of `@alexnet/x` resolves to the entry of x's build, such as `packages/x/dist/index.d.ts`.
 */
const LAYERS = [
  ['core'],
  ['telemetry'],
  ['safetensors', 'storage', 'redis', 'images', 'tensorflow'],
  ['sources', 'demo-data', 'model', 'figures', 'local', 'tensor-store'],
  ['datasets', 'queues'],
  ['batches', 'checkpoints'],
  ['pipeline'],
  ['export'],
];

/** Paths of packages by name; `local` is the one that lies in infra/. */
const packages = (names) => `^(?:packages|infra)/(${names.join('|')})/`;
const ENTRIES = [
  '/src/(graph/)?(index|testing|main|provision-main|guard)\\.ts$',
  '^services/trainer/src/engine/thread\\.ts$',
  '^services/preprocess/src/images/thread\\.ts$',
  '^services/console/src/(predict|audit)/thread\\.ts$',
  '\\.test\\.ts$',
  '^test/',
];

const layerRules = LAYERS.map((names, layer) => ({
  name: `layer-${layer}`,
  comment: 'A package imports only packages of a strictly lower layer.',
  severity: 'error',
  from: { path: packages(names) },
  to: { path: packages(LAYERS.slice(layer).flat()), pathNot: '^(?:packages|infra)/$1/' },
}));

/** Only one package imports a library, so that replacing it touches one package. */
const onlyImporter = (name, path, importer) => ({
  name,
  severity: 'error',
  from: { pathNot: `^packages/${importer}/src/` },
  to: { path: `(^|/)node_modules/${path}` },
});

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'package-has-layer',
      comment: 'A new package needs a place in LAYERS.',
      severity: 'error',
      from: { path: '^(?:packages|infra)/', pathNot: packages(LAYERS.flat()) },
      to: {},
    },
    {
      name: 'packages-not-services',
      severity: 'error',
      from: { path: '^(?:packages|infra)/' },
      to: { path: '^services/' },
    },
    {
      name: 'services-not-each-other',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'nothing-imports-test',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-deep-imports',
      comment: 'Another package is imported by its name: its entry, or a subpath that it declares.',
      severity: 'error',
      from: { path: '^((?:packages|services|infra)/[^/]+|test)/' },
      to: {
        path: '^(?:packages|services|infra)/[^/]+/',
        pathNot: ['^$1/', '/(build|dist)/(graph/)?(index|testing|main)\\.(js|d\\.ts)$'],
      },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      comment: 'No entry reaches this module, by whatever way.',
      severity: 'error',
      from: { path: ENTRIES },
      to: {
        path: '^(?:packages|services|infra)/[^/]+/src/',
        pathNot: ENTRIES,
        reachable: false,
      },
    },
    onlyImporter('only-storage-imports-aws', '@aws-sdk/', 'storage'),
    onlyImporter('only-redis-imports-ioredis', 'ioredis(/|$)', 'redis'),
    onlyImporter('only-queues-imports-bullmq', 'bullmq(/|$)', 'queues'),
    onlyImporter('only-images-imports-sharp', 'sharp(/|$)', 'images'),
    onlyImporter('only-figures-imports-d3', 'd3-(scale|shape)(/|$)', 'figures'),
    onlyImporter('only-telemetry-imports-its-libraries', '(prom-client|@opentelemetry)(/|$)', 'telemetry'),
    {
      name: 'only-three-packages-import-koffi',
      comment: 'For libjpeg-turbo, for locks of files, and for the standard error of TensorFlow.',
      severity: 'error',
      from: { pathNot: '^(packages/images|packages/tensorflow|infra/local)/src/' },
      to: { path: '(^|/)node_modules/(koffi|@julusian)(/|$)' },
    },
    onlyImporter('only-tensorflow-imports-tensorflow', '@tensorflow/', 'tensorflow'),
  ],
  options: {
    doNotFollow: { path: ['(^|/)node_modules/', '/(build|dist)/'] },
    // Imports of types count as well.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
