import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import which from 'which';
import { describe, expect, it } from 'vitest';
import { GAUGES } from '@alexnet/console/testing';
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
    ['check', 'rules', 'rules.yaml'],
    ['test', 'rules', 'rules-test.yaml'],
  ])('%s %s %s', async (verb, what, file) => {
    const { status, tail } = await run(promtool ?? '', [verb, what, path.join(folder, file)]);
    expect([status, tail]).toEqual([0, expect.anything()]);
  });
});

it('the rules ask for metrics that the console has', async () => {
  const rules = await readFile(path.join(folder, 'rules.yaml'), 'utf8');
  const asked = [...rules.matchAll(/\balexnet_\w+/g)].map(([name]) => name);
  expect(asked.length).toBeGreaterThan(8);
  expect([...new Set(asked)].filter((name) => !Object.hasOwn(GAUGES, name))).toEqual([]);
});
