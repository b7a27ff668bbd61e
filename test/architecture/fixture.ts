import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PACKAGES = [
  'core',
  'storage',
  'redis',
  'queues',
  'images',
  'tensorflow',
  'datasets',
  'model',
  'batches',
  'checkpoints',
  'pipeline',
  'export',
];
const SERVICES = ['trainer', 'preprocess'];
const LIBRARIES = [
  '@aws-sdk/client-s3',
  'bullmq',
  'd3-scale',
  'prom-client',
  'ioredis',
  'koffi',
  'sharp',
  '@tensorflow/tfjs-node-gpu',
];

/** Sources of a small repository that follows every rule, by path. */
const SOURCES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    PACKAGES.map((name) => [`packages/${name}/src/index.ts`, `export const ${name} = 1;\n`]),
  ),
  'packages/storage/src/index.ts':
    "import '@aws-sdk/client-s3';\nimport '@alexnet/core';\nexport { key } from './keys.ts';\n",
  'packages/storage/src/keys.ts': 'export const key = 1;\n',
  'packages/redis/src/index.ts': "import 'ioredis';\nimport '@alexnet/core';\n",
  'packages/queues/src/index.ts': "import 'bullmq';\nimport '@alexnet/redis';\n",
  'packages/images/src/index.ts': "import 'sharp';\nexport const images = 1;\n",
  'packages/tensorflow/src/index.ts': "import '@tensorflow/tfjs-node-gpu';\n",
  'packages/pipeline/src/index.ts': "import '@alexnet/batches';\nimport '@alexnet/storage';\n",
  'packages/export/src/index.ts': "import '@alexnet/pipeline';\n",
  'services/trainer/src/main.ts': "import '@alexnet/pipeline';\n",
  'services/preprocess/src/main.ts': "import '@alexnet/pipeline';\n",
  'test/all.test.ts': "import '@alexnet/pipeline';\n",
};

/**
 * Writes that repository, with `planted` sources added or put in place of its own, into a temporary folder, passes the
 * folder to `use`, and removes it.
 */
export async function withRepository<T>(
  planted: Readonly<Record<string, string>>,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(path.join(tmpdir(), 'alexnet-architecture-'));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  };
  try {
    for (const name of LIBRARIES) {
      await write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
      await write(`node_modules/${name}/index.js`, 'export {};\n');
    }
    await mkdir(path.join(root, 'node_modules/@alexnet'));
    await mkdir(path.join(root, 'infra/local'), { recursive: true });
    for (const name of PACKAGES) await linkPackage(root, `packages/${name}`, './dist/index.d.ts', write);
    for (const name of SERVICES) await linkPackage(root, `services/${name}`, './dist/main.js', write);
    for (const [file, text] of Object.entries({ ...SOURCES, ...planted })) await write(file, text);
    return await use(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

async function linkPackage(
  root: string,
  folder: string,
  entry: string,
  write: (file: string, text: string) => Promise<void>,
): Promise<void> {
  const name = path.basename(folder);
  const manifest = { name: `@alexnet/${name}`, type: 'module', exports: { '.': entry } };
  await write(`${folder}/package.json`, JSON.stringify(manifest));
  await write(path.join(folder, entry), 'export {};\n');
  await symlink(path.join(root, folder), path.join(root, 'node_modules/@alexnet', name));
}
