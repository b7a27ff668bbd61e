/**
 * `npm run pack [-- FOLDER]`: packs the `alexnet` command with its worker, trainer and console into `alexnet-VERSION.tgz`, for
 * machines without a checkout. The bundled programs travel inside; what loads binaries stays a dependency.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const target = path.resolve(process.argv[2] ?? '.');
const { catalog } = parse(readFileSync(path.join(root, 'pnpm-workspace.yaml'), 'utf8'));
const readPackage = (folder) => JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));

/** Packages of the workspace that programs find by their name at run time, and what of them is needed. */
const INSIDE = {
  'services/preprocess': ['dist'],
  'services/trainer': ['dist'],
  'services/console': ['dist'],
  'infra/local': ['dist'],
  'packages/export': ['assets'],
};
/** What the bundles leave outside (infra/bundle.mjs, knip.json). */
const OUTSIDE = [
  '@fastify/swagger-ui',
  '@bull-board/ui',
  '@aws-sdk/client-s3',
  '@julusian/jpeg-turbo',
  '@tensorflow/tfjs',
  'koffi',
  'node-api-headers',
  'piscina',
  'sharp',
];
/** Travels inside without its install script, which would download a TensorFlow that is not used. */
const WITHOUT_SCRIPTS = '@tensorflow/tfjs-node-gpu';

const folder = mkdtempSync(path.join(tmpdir(), 'alexnet-pack-'));
try {
  const { name, version, license, engines, description } = readPackage('.');
  cpSync(path.join(root, 'services/cli/bin'), path.join(folder, 'bin'), { recursive: true });
  copyPrograms('services/cli/dist', path.join(folder, 'dist'));
  for (const file of ['LICENSE', 'infra/downloads.json']) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    cpSync(path.join(root, file), path.join(folder, file));
  }
  const addon = copyWithoutScripts();
  const inside = [addon, ...Object.entries(INSIDE).map(([from, parts]) => copyWorkspacePackage(from, parts))];
  // npm bundles only what is among the dependencies too.
  const bundled = inside.map((each) => [each.name, each.version]);
  const outside = OUTSIDE.map((dependency) => [dependency, catalog[dependency]]);
  writeJson(folder, {
    ...{ name, version, description, license, type: 'module', engines },
    bin: { alexnet: 'bin/alexnet.js' },
    dependencies: { ...Object.fromEntries([...outside, ...bundled]), ...addon.dependencies },
    bundleDependencies: inside.map((each) => each.name),
  });
  mkdirSync(target, { recursive: true });
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString(),
  );
  process.stdout.write(`${path.join(target, packed.filename)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Source maps are three quarters of the size. */
function copyPrograms(from, to) {
  cpSync(path.join(root, from), to, { recursive: true, filter: (file) => !file.endsWith('.map') });
}

function copyWorkspacePackage(from, parts) {
  const { name, version, exports: entries, imports } = readPackage(from);
  const to = path.join(folder, 'node_modules', name);
  for (const part of parts) copyPrograms(path.join(from, part), path.join(to, part));
  const description = { name, version, type: 'module', exports: entries, imports };
  writeJson(to, description);
  return description;
}

function copyWithoutScripts() {
  const require = createRequire(path.join(root, 'packages/tensorflow/package.json'));
  const from = path.dirname(require.resolve(`${WITHOUT_SCRIPTS}/package.json`));
  const to = path.join(folder, 'node_modules', WITHOUT_SCRIPTS);
  // The addon is compiled from binding/ where it is needed; npm would build what has a binding.gyp itself.
  for (const part of ['dist', 'binding'])
    cpSync(path.join(from, part), path.join(to, part), { recursive: true });
  const description = JSON.parse(readFileSync(path.join(from, 'package.json'), 'utf8'));
  delete description.scripts;
  writeJson(to, description);
  return description;
}

function writeJson(to, content) {
  mkdirSync(to, { recursive: true });
  writeFileSync(path.join(to, 'package.json'), `${JSON.stringify(content, undefined, 2)}\n`);
}
