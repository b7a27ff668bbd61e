/**
 * The hashes of everything that is downloaded, in downloads.json: `node infra/downloads.mjs --update` asks the package
 * registries for those of the versions that are named there (and in the Python requirements of the tests), and writes
 * them; `--check` compares. A new version is written into the file with an empty value, then updated. pip, npm and go
 * ask the registries that they are configured with.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'infra/downloads.json');
const temporary = mkdtempSync(path.join(tmpdir(), 'alexnet-downloads-'));

const { values } = parseArgs({
  options: { update: { type: 'boolean' }, check: { type: 'boolean' } },
});
if (values.update === values.check) {
  console.error('expected --update or --check');
  process.exit(64);
}
try {
  const before = readFileSync(file, 'utf8');
  const after = format(askAll(JSON.parse(before)));
  if (values.update) writeFileSync(file, after);
  else if (after !== before) {
    report(before.split('\n'), after.split('\n'));
    process.exitCode = 1;
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** Short lists on one line, as Prettier has them. */
function format(downloads) {
  const text = JSON.stringify(downloads, undefined, 2);
  const inline = text.replaceAll(/\[[^\]]*\]/g, (list) =>
    JSON.stringify(JSON.parse(list)).replaceAll(',', ', '),
  );
  return `${inline}\n`;
}

function askAll({ wheels, go, npm }) {
  return {
    wheels: mapValues(wheels, askPip),
    go: mapValues(go, (_, module) => JSON.parse(output('go', ['mod', 'download', '-json', module])).Sum),
    npm: mapValues(npm, (packages) =>
      mapValues(packages, (_, wanted) => output('npm', ['view', wanted, 'dist.integrity']).trim()),
    ),
  };
}

/** The wheels of a set that pip chooses for each version of Python and each kind of machine, without downloading them. */
function askPip({ requirements: listed, pythons, machines, glibc, wheels }) {
  const requirements =
    listed === undefined
      ? Object.keys(wheels)
      : readFileSync(path.join(root, listed), 'utf8')
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'));
  const found = Object.fromEntries(requirements.map((requirement) => [requirement, {}]));
  for (const python of pythons) {
    for (const machine of machines) {
      for (const { url, sha256, requirement } of resolve(requirements, python, machine, glibc)) {
        found[requirement][decodeURIComponent(path.basename(new URL(url).pathname))] = sha256;
      }
    }
  }
  const sorted = mapValues(found, (files) => Object.fromEntries(Object.entries(files).sort()));
  return {
    ...(listed !== undefined && { requirements: listed }),
    ...{ pythons, machines, glibc, wheels: sorted },
  };
}

function resolve(requirements, python, machine, glibc) {
  const report = path.join(temporary, 'report.json');
  output('python3', [
    ...[
      '-m',
      'pip',
      'install',
      '--quiet',
      '--dry-run',
      '--ignore-installed',
      '--no-deps',
      '--report',
      report,
    ],
    ...['--only-binary=:all:', '--target', path.join(temporary, 'target'), '--python-version', python],
    ...platforms(machine, glibc).flatMap((platform) => ['--platform', platform]),
    ...requirements,
  ]);
  const normal = (name) => name.toLowerCase().replaceAll(/[-_.]+/g, '-');
  return JSON.parse(readFileSync(report, 'utf8')).install.map(({ metadata, download_info: info }) => ({
    url: info.url,
    sha256: info.archive_info.hashes.sha256,
    requirement: requirements.find((line) => normal(line.split('==')[0]) === normal(metadata.name)),
  }));
}

/** Everything that runs on a version of glibc: pip takes the names as they are, and wheels carry many. */
function platforms(machine, glibc) {
  const newest = Number(glibc.split('.')[1]);
  const numbered = Array.from({ length: newest - 4 }, (_, i) => `manylinux_2_${newest - i}`);
  return [...numbered, 'manylinux2014', 'manylinux2010', 'manylinux1'].map((name) => `${name}_${machine}`);
}

function output(program, args) {
  return execFileSync(program, args, { cwd: temporary, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

function report(before, after) {
  console.error('infra/downloads.json differs from the registries:');
  for (const line of before) if (!after.includes(line)) console.error(`  pinned   ${line.trim()}`);
  for (const line of after) if (!before.includes(line)) console.error(`  registry ${line.trim()}`);
}
