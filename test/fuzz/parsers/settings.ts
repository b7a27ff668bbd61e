import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readStackFile, writeStackFile } from '@alexnet/cli/testing';
import { loadConfig } from '@alexnet/core';
import { openSource } from '@alexnet/sources';
import { parseProfile, resolveProfile } from '@alexnet/model';
import { redisAddress } from '@alexnet/redis';
import { openBucket, openStore } from '@alexnet/storage';
import { json, raw } from '../parser.ts';
import type { Parser } from '../parser.ts';

const stack: Parser = {
  name: 'stack.json',
  open(folder) {
    mkdirSync(folder, { recursive: true });
    writeStackFile(folder, {
      environment: { REDIS_URL: 'redis://:secret@127.0.0.1:6379', STORAGE_URL: 'file:///tmp/store' },
      console: { address: 'http://127.0.0.1:4600', token: 'secret' },
    });
    const file = path.join(folder, 'stack.json');
    return {
      documents: [{ bytes: readFileSync(file), form: 'json' }],
      read(bytes) {
        writeFileSync(file, bytes);
        return readStackFile(folder);
      },
    };
  },
};

const ENVIRONMENT = [
  'REDIS_URL=redis://:secret@127.0.0.1:6379/2',
  'BATCH_REDIS_URL=rediss://redis.example',
  'STORAGE_URL=s3://bucket/a%20prefix',
  'S3_ENDPOINT=http://127.0.0.1:9000',
  'AWS_REGION=eu-central-1',
  'ALEXNET_CACHE_DIR=/var/cache/alexnet',
  'ALEXNET_LOG_LEVEL=debug',
  'ALEXNET_WINDOW_BYTES=1000000',
  'ALEXNET_SHARD_CACHE_BYTES=1e9',
];

/** `NAME=value` a line. */
const environment: Parser = {
  name: 'environment',
  open: () => ({
    documents: [raw(Buffer.from(ENVIRONMENT.join('\n'))), raw(Buffer.from('STORAGE_URL=file:///tmp/a%20b'))],
    async read(bytes) {
      const pairs = bytes
        .toString()
        .split('\n')
        .map((line) => /^([^=]*)=(.*)$/.exec(line) ?? ['', line, ''])
        .map(([, name = '', value = '']) => [name, value] as const);
      const config = loadConfig(Object.fromEntries(pairs));
      redisAddress(config.redisUrl);
      config.batchRedisUrls.forEach(redisAddress);
      const { storageUrl, s3Endpoint, awsRegion } = config;
      await openStore(storageUrl, { s3Endpoint, awsRegion }).close();
    },
  }),
};

const ASSIGNMENTS = [
  'optimizer.learningRate=0.02',
  'schedule={"kind":"steps","factor":0.1,"at":[0.5]}',
  'net.outputs.conv4=off',
  'net.lrn.alpha=0.0001',
  'frozen=["conv1","fc8"]',
  'initialisation.stddevs={"fc6":0.005}',
  'batchSize=64',
];

/** A profile's name, then an assignment a line; the value of one; a whole profile, as in a run's spec. */
const profiles: Parser = {
  name: 'profile',
  open: () => ({
    documents: [
      raw(Buffer.from(['paper', ...ASSIGNMENTS].join('\n'))),
      json(resolveProfile('paper', []).net),
      json(resolveProfile('caffe', [])),
    ],
    read(bytes, document) {
      if (document === 2) return parseProfile(asValue(bytes));
      if (document === 1) return resolveProfile('paper', [`net=${bytes.toString()}`]);
      const [name = '', ...assignments] = bytes.toString().split('\n');
      return parseProfile(JSON.parse(JSON.stringify(resolveProfile(name, assignments))));
    },
  }),
};

function asValue(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return bytes.toString();
  }
}

const sources: Parser = {
  name: 'source-url',
  open: () => ({
    documents: ['file:///nowhere/a%20b', 's3://bucket/prefix?x', '/nowhere/at/all'].map((url) =>
      raw(Buffer.from(url)),
    ),
    read: async (bytes) => {
      const url = bytes.toString();
      // What could be reached is no matter here.
      const options = { s3Endpoint: 'http://127.0.0.1:1' };
      if (/^s3:\/\//.test(url)) {
        await openBucket(url, options).close();
        await openStore(url, options).close();
      } else if (url.startsWith('file://')) await (await openSource(url)).close();
    },
  }),
};

export const settings: readonly Parser[] = [stack, environment, profiles, sources];
