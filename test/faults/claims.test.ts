import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CheckpointReader, CheckpointWriter, EMPTY_CHAIN } from '@alexnet/checkpoints';
import { loadConfig } from '@alexnet/core';
import { findMinio, startMinio, type RunningS3Server } from '@alexnet/local';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const { cacheDir } = loadConfig();
const there = (await findMinio(cacheDir)) !== undefined;
if (!there) console.warn('skipped: MinIO is not there (node infra/local/dist/provision-main.js minio)');

const TRAINERS = 16;
const ROUNDS = 20;

describe.skipIf(!there)('trainers that claim one run at the same time', () => {
  let folder: string;
  let server: RunningS3Server;
  let stores: ObjectStore[];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alexnet-claims-'));
    server = await startMinio({ cacheDir, dataDir: folder });
    // A client of its own for each, as processes have.
    stores = Array.from({ length: TRAINERS }, () =>
      openStore(`s3://${server.bucket}`, { s3Endpoint: server.endpoint, credentials: server }),
    );
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it(`${TRAINERS} of them, ${ROUNDS} times: exactly one goes on`, async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const run = `race-${round}`;
      const claims = await Promise.allSettled(stores.map((store) => CheckpointWriter.claim(store, run, 3)));
      const writers = claims.flatMap((claim) => (claim.status === 'fulfilled' ? [claim.value] : []));
      const saves = await Promise.allSettled(writers.map((writer) => writer.save(firstStep())));
      const winners = writers.filter((_, i) => saves[i]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const end of [...claims, ...saves]) {
        if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'RUN_FENCED' });
      }
      const [store] = stores;
      if (store === undefined) throw new Error('no store');
      const latest = await new CheckpointReader(store, run).latest();
      expect(latest?.fence).toBe(winners[0]?.fence);
    }
  });
});

const firstStep = (): Parameters<CheckpointWriter['save']>[0] => ({
  ...{ step: 1, cursor: { epoch: 0, batch: 1 }, digest: EMPTY_CHAIN, finished: false, validationError: null },
  training: null,
  model: new Map([['fc/kernel', { shape: [1], data: Float32Array.of(1) }]]),
  optimizer: new Map(),
  ledger: [],
  history: { steps: [], events: [] },
});
