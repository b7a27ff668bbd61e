/**
 * Installs npm packages whose hashes are in downloads.json: `node infra/npm-pinned.mjs PART FOLDER`, where PART is a
 * name there such as `pnpm`. npm refuses a download with another hash. Prints the folder that they are in.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FILE = path.join(import.meta.dirname, 'downloads.json');

/** The hashes of a part's packages, by name and version. @throws Error for a part that downloads.json does not name */
export function pinnedPackages(part) {
  const pinned = JSON.parse(readFileSync(FILE, 'utf8')).npm[part];
  if (pinned === undefined) throw new Error(`PROVISION_FAILED: infra/downloads.json does not name ${part}`);
  return pinned;
}

/** @throws Error naming the packages where npm fails, with nothing left in the folder */
export function installPinned(part, folder) {
  const pinned = pinnedPackages(part);
  const packages = Object.entries(pinned).map(([wanted, integrity]) => {
    const at = wanted.lastIndexOf('@');
    return { name: wanted.slice(0, at), version: wanted.slice(at + 1), integrity };
  });
  const dependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]));
  const locked = packages.map(({ name, version, integrity }) => [
    `node_modules/${name}`,
    { version, integrity },
  ]);
  const lock = { lockfileVersion: 3, packages: { '': { dependencies }, ...Object.fromEntries(locked) } };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock));
  const { status, stderr, error } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (status === 0) return path.join(folder, 'node_modules');
  rmSync(folder, { recursive: true, force: true });
  throw new Error(
    `PROVISION_FAILED: npm could not install ${Object.keys(pinned).join(', ')} as infra/downloads.json pins it:\n` +
      (error?.message ?? stderr),
  );
}

if (process.argv[1] === import.meta.filename) {
  const [part = '', folder = ''] = process.argv.slice(2);
  try {
    process.stdout.write(`${installPinned(part, path.resolve(folder))}\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
