/** The packed command, installed into an empty folder, works with a pipeline that runs elsewhere. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../docs/generated.ts';
import { drawShapes } from '../support/pictures.ts';
import { SMALL, TestPipeline } from '../support/pipeline.ts';
import { startInForeground, type Foreground } from '../support/terminal.ts';

let pipeline: TestPipeline;
let folder: string;
let command: string;
const services: Foreground[] = [];
beforeAll(async () => {
  pipeline = await TestPipeline.start('directory');
  folder = path.join(pipeline.folder, 'worker-machine');
  mkdirSync(folder);
  const run = (program: string, args: string[], cwd: string): string =>
    execFileSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  const packed = run('node', ['infra/pack.mjs', folder], ROOT).trim();
  writeFileSync(path.join(folder, 'package.json'), '{}');
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', packed], folder);
  command = path.join(folder, 'node_modules/.bin/alexnet');
});
afterAll(async () => {
  for (const service of services) {
    service.signalGroup('SIGTERM');
    expect(await service.exited).toEqual({ code: 0, signal: null });
  }
  await pipeline.close();
});

/** With the cache of the machine: its TensorFlow need not be fetched again. */
const environment = (): NodeJS.ProcessEnv => ({
  ...pipeline.environment,
  ALEXNET_CACHE_DIR: process.env['ALEXNET_CACHE_DIR'],
});

const alexnet = (...args: string[]): string =>
  execFileSync(command, args, {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  }).toString();

it('sets up TensorFlow, and runs a worker, a trainer, train and run list', async () => {
  expect(alexnet('--version').trim()).toBe('0.1.0');
  alexnet('setup', 'tensorflow', '--variant', 'cpu');
  for (const service of [['worker'], ['trainer', '--device', 'cpu']]) {
    const logFile = path.join(folder, `${service[0] ?? ''}.log`);
    services.push(await startInForeground(command, service, { env: environment(), logFile, cwd: folder }));
    await expect.poll(() => readFile(logFile, 'utf8')).toContain('"ready"');
  }
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 20, val: 5 });
  alexnet('dataset', 'add', pictures, '--name', 'shapes', '--follow');
  alexnet('train', '--dataset', 'shapes', '--run', 'packed', ...SMALL, '--epochs', '1', '--follow');
  expect(JSON.parse(alexnet('run', 'list', '--json'))).toEqual([
    expect.objectContaining({ run: 'packed', status: 'done', epoch: 1 }),
  ]);
  const picture = path.join(pictures, 'val', 'circle', '0.png');
  expect(alexnet('predict', '--run', 'packed', picture)).toMatch(/circle|cross|square/);
});
