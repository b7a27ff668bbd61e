import { mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CheckpointWriter, EMPTY_CHAIN, type SaveRequest } from '@alexnet/checkpoints';
import { createLogger, loadConfig } from '@alexnet/core';
import { openConfiguredStore, type Pipeline } from '@alexnet/pipeline';
import { BackgroundSaver } from './saver.ts';

const log = createLogger('test', 'silent');
let folder: string;
let root: string;
let store: Pipeline['store'];
let leaving: AbortController;
let written: number[];
let retries: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-saver-'));
  root = path.join(folder, 'store');
  store = openConfiguredStore({ ...loadConfig(), storageUrl: pathToFileURL(root).href });
  leaving = new AbortController();
  written = [];
  retries = 0;
});
afterEach(() => rm(folder, { recursive: true }));

const requestOf = (step: number): SaveRequest => ({
  ...{ step, cursor: { epoch: 0, batch: step }, digest: EMPTY_CHAIN, finished: false, validationError: null },
  ...{ training: {}, model: new Map(), optimizer: new Map(), ledger: [], history: { steps: [], events: [] } },
});

async function openSaver(): Promise<BackgroundSaver> {
  const writer = await CheckpointWriter.claim(store, 'r', 1);
  return new BackgroundSaver(writer, {
    ...{ latest: null, step: 0, log, leaving: leaving.signal },
    metrics: { checkpointWritten: (_, seconds) => written.push(seconds), checkpointRetried: () => retries++ },
  });
}

/** A link to itself stands where the store was. @returns brings it back */
async function takeAway(): Promise<() => Promise<void>> {
  await rename(root, `${root}-away`);
  await symlink(root, root);
  return async () => {
    await rm(root);
    await rename(`${root}-away`, root);
  };
}

it('goes on saving when the store is there again, and fails nobody', async () => {
  const saver = await openSaver();
  const bringBack = await takeAway();
  await saver.save(requestOf(1));
  await sleep(200);
  saver.check();
  expect(saver.latest).toBeNull();
  await bringBack();
  await saver.settled();
  expect(saver.latest).toBe('step-00000001-1');
  expect([written.length, retries]).toEqual([1, 1]);
  // It was tried again after a second.
  expect(written[0]).toBeGreaterThan(1);
});

it('waits for no store when the process is to end', async () => {
  const saver = await openSaver();
  await takeAway();
  await saver.save(requestOf(1));
  leaving.abort();
  await expect(saver.settled()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
});

it('fails at once when another trainer has the run', async () => {
  const saver = await openSaver();
  await CheckpointWriter.claim(store, 'r', 1);
  await saver.save(requestOf(1));
  await expect(saver.settled()).rejects.toMatchObject({ code: 'RUN_FENCED' });
  expect(() => saver.check()).toThrow(expect.objectContaining({ code: 'RUN_FENCED' }));
});
