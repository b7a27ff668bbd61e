/**
 * Sets up what `npm start` and `npm test` need, once: pnpm at the pinned version, dependencies from the lockfile, the
 * build, TensorFlow and its addon, a Redis. Nothing is installed system-wide: everything goes into node_modules and
 * a user cache. Plain JavaScript without dependencies, since it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from './npm-pinned.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = path.join(root, 'node_modules/.alexnet-setup');
const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const forTests = process.argv.includes('--test');

checkNode();
install();
run('building', process.execPath, [bin('turbo/bin/turbo'), 'run', 'build', '--output-logs=errors-only'], {
  quietly: true,
});
run('TensorFlow', process.execPath, ['packages/tensorflow/dist/provision-main.js']);
run('Redis', process.execPath, ['infra/local/dist/provision-main.js', 'redis']);
if (forTests) {
  // Tests run on real S3 servers and through a proxy that fails; without these, they are skipped with a reason.
  for (const server of ['minio', 'versitygw', 'toxiproxy']) {
    run(server, process.execPath, ['infra/local/dist/provision-main.js', server], { optional: true });
  }
}

function checkNode() {
  const wanted = engines.node.replace('>=', '').split('.').map(Number);
  const actual = process.versions.node.split('.').map(Number);
  if (actual[0] > wanted[0] || (actual[0] === wanted[0] && actual[1] >= wanted[1])) return;
  fail(
    `Node.js ${engines.node} is needed; this is ${process.version}. Install a newer one, e.g. from https://nodejs.org.`,
  );
}

/** Dependencies, unless they are those of the lockfile already. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lock) return;
  const folder = mkdtempSync(path.join(tmpdir(), 'alexnet-pnpm-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const pnpm = path.join(fetchPnpm(folder), 'pnpm/bin/pnpm.cjs');
  const args = ['install', '--frozen-lockfile', '--reporter=append-only'];
  run('dependencies', process.execPath, [pnpm, ...args], { quietly: true });
  writeFileSync(stampFile, lock);
}

/** Of the version and with the hash of downloads.json. */
function fetchPnpm(folder) {
  try {
    return installPinned('pnpm', folder);
  } catch (error) {
    fail(error.message);
  }
}

function bin(file) {
  return path.join(root, 'node_modules', file);
}

/** Runs one step; with `quietly` its output is shown only when it fails; one that is `optional` may fail. */
function run(step, command, args, { quietly = false, optional = false } = {}) {
  const started = Date.now();
  if (quietly) process.stderr.write(`setup: ${step} … `);
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    stdio: quietly ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2],
    encoding: 'utf8',
    env: {
      ...process.env,
      // Turborepo starts pnpm, which is among the dependencies.
      PATH: `${bin('.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
      TURBO_TELEMETRY_DISABLED: '1',
      FORCE_COLOR: process.stderr.isTTY ? '1' : '0',
    },
  });
  if (quietly)
    process.stderr.write(status === 0 ? `${((Date.now() - started) / 1000).toFixed(1)} s\n` : 'failed\n');
  if (status === 0 || optional) return;
  if (quietly) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  fail(
    `The step "${step}" of the set-up failed${error ? ` (${error.message})` : ''}. Mend what it says above, then run the same command again.`,
  );
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
