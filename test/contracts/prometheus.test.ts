import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import which from 'which';
import { describe, expect, it } from 'vitest';
import { CONSOLE_METRICS } from '@alexnet/console/testing';
import { WORKER_METRICS } from '@alexnet/preprocess/testing';
import { TRAINER_METRICS } from '@alexnet/trainer/testing';
import { run } from '../support/run.ts';

const folder = fileURLToPath(new URL('../../infra/prometheus', import.meta.url));
const promtool = which.sync('promtool', { nothrow: true });
if (promtool === null)
  console.log(
    'skipped: no promtool on PATH; on Debian `apt-get install -y --no-install-recommends prometheus`',
  );

describe.skipIf(promtool === null)('promtool', () => {
  it.each([
    ['check', 'config', 'prometheus.yaml'],
    ['check', 'rules', '../helm/alexnet/files/rules.yaml'],
    ['test', 'rules', 'rules-test.yaml'],
  ])('%s %s %s', async (verb, what, file) => {
    const { status, tail } = await run(promtool ?? '', [verb, what, path.join(folder, file)]);
    expect([status, tail]).toEqual([0, expect.anything()]);
  });
});

const TABLES = { ...CONSOLE_METRICS, ...WORKER_METRICS, ...TRAINER_METRICS };

it('docs/metrics.md lists every metric with its type, meaning and labels, and nothing else', async () => {
  const docs = await readFile(path.join(folder, '../../docs/metrics.md'), 'utf8');
  const rows = [...docs.matchAll(/^\| `(alexnet_\w+)` +\| (\w+) +\| (.*?) +\| (.*?) *\|$/gm)];
  const listed = rows.map(([, name = '', type, help, labels = '']) => [
    name,
    { type, help, labels: labels.replaceAll('`', '').split(', ').filter(Boolean) },
  ]);
  const expected = Object.entries(TABLES).map(([name, { type, help, labels }]) => [
    name,
    { type, help, labels },
  ]);
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(expected));
  expect(listed).toHaveLength(expected.length);
});

it('the rules ask for metrics that there are', async () => {
  const rules = await readFile(path.join(folder, '../helm/alexnet/files/rules.yaml'), 'utf8');
  const asked = [...rules.matchAll(/\balexnet_\w+/g)].map(([name]) => name);
  expect(asked.length).toBeGreaterThan(8);
  expect([...new Set(asked)].filter((name) => !Object.hasOwn(TABLES, name))).toEqual([]);
});
