import { readFileSync } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { ENVIRONMENT_VARIABLES, loadConfig } from '@alexnet/core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string; args?: Record<string, string> };
  command: string[];
  environment: Record<string, string>;
  ports?: string[];
  profiles?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: unknown;
  init?: boolean;
  stop_grace_period?: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = readFileSync(path.join(root, 'infra/compose.yaml'), 'utf8');
const compose = parse(source, { merge: true }) as {
  services: Record<string, Service>;
  configs: Record<string, { content: string }>;
};
const own = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);
const dockerfiles = (await readdir(path.join(root, 'infra/images'))).map((name) => `infra/images/${name}`);

/** Fills in `${NAME}` as Compose does; ${NAME:?message} must be given. */
function interpolate(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\{(\w+)(?::([?-])([^}]*))?\}/g, (_, name: string, kind: string, rest: string) => {
    const value = variables[name] ?? '';
    if (value !== '') return value;
    if (kind === '-') return rest;
    throw new Error(`${name} is not set`);
  });
}

const exists = (file: string): Promise<void> => access(path.join(root, file));

describe('compose.yaml', () => {
  it('has the services that the pipeline needs', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'bucket',
      'console',
      'minio',
      'preprocess',
      'redis',
      'redis-slices',
      'trainer',
      'trainer-gpu',
    ]);
    expect(own.map(([name]) => name)).toEqual(['preprocess', 'trainer', 'trainer-gpu', 'console']);
  });

  it('does not start while a secret is missing, and has none itself', async () => {
    const example = parseEnv(await readFile(path.join(root, 'infra/env.example'), 'utf8'));
    const secrets = [...source.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    expect(new Set(secrets)).toEqual(new Set(Object.keys(example)));
    expect(Object.values(example).join('')).toBe('');
    for (const missing of Object.keys(example)) {
      const others = Object.fromEntries(
        Object.keys(example).map((name) => [name, name === missing ? '' : 'x']),
      );
      expect(() => interpolate(source, others)).toThrow(`${missing} is not set`);
    }
    for (const [, name] of source.matchAll(/(?:PASSWORD|SECRET\w*|requirepass|AUTH):? (.*)/g))
      expect(name).toMatch(/^\$\{\w+:(?:\?|-\})|^--|^and/);
  });

  it.each(own)('gives %s settings that it knows and takes', (_, { environment }) => {
    const credentials = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    for (const name of Object.keys(environment)) {
      expect([...Object.keys(ENVIRONMENT_VARIABLES), ...credentials]).toContain(name);
    }
    const given = {
      ...{ REDIS_PASSWORD: 'pw', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' },
      ALEXNET_CONSOLE_TOKEN: 'a token of some length',
    };
    const filled = Object.entries(environment).map(([name, value]) => [name, interpolate(value, given)]);
    expect(loadConfig(Object.fromEntries(filled) as Record<string, string>)).toMatchObject({
      redisUrl: 'redis://:pw@redis:6379',
      batchRedisUrls: ['redis://:pw@redis-slices:6379'],
      storageUrl: 's3://alexnet',
      s3Endpoint: 'http://minio:9000',
    });
  });

  it.each(own)('runs a program for %s that the project has, and lets it stop cleanly', async (_, service) => {
    const [program, file = ''] = service.command;
    expect(program).toBe('node');
    expect(file).toMatch(/^services\/\w+\/dist\/main\.js$/);
    await exists(file.replace('/dist/', '/src/').replace(/\.js$/, '.ts'));
    expect(service.init).toBe(true);
    expect(Number.parseInt(service.stop_grace_period ?? '', 10)).toBeGreaterThan(30);
    const { context = '', dockerfile = '' } = service.build ?? {};
    expect(path.resolve(root, 'infra', context)).toBe(path.resolve(root));
    expect(dockerfiles).toContain(dockerfile);
    expect(await readFile(path.join(root, dockerfile), 'utf8')).toContain(`CMD ["node", "${file}"]`);
  });

  it('waits for servers that are ready, and trains on a GPU only when asked', () => {
    for (const [, { depends_on: needed = {} }] of own) {
      expect(needed).toEqual({
        redis: { condition: 'service_healthy' },
        'redis-slices': { condition: 'service_healthy' },
        bucket: { condition: 'service_completed_successfully' },
      });
    }
    for (const name of ['redis', 'redis-slices', 'minio'])
      expect(compose.services[name]?.healthcheck).toBeDefined();
    expect(compose.services['trainer']?.command).toContain('cpu');
    expect(compose.services['trainer-gpu']).toMatchObject({
      profiles: ['gpu'],
      build: { args: { TENSORFLOW: 'gpu' } },
      deploy: { resources: { reservations: { devices: [{ driver: 'nvidia', capabilities: ['gpu'] }] } } },
    });
  });

  it('keeps Redis from losing jobs, behind a password', () => {
    const config = compose.configs['redis']?.content ?? '';
    for (const line of ['maxmemory-policy noeviction', 'appendonly yes', 'appendfsync everysec', 'dir /data'])
      expect(config.split('\n')).toContain(line);
    for (const { content } of Object.values(compose.configs)) {
      expect(content).toContain('maxmemory-policy noeviction');
      expect(content).toMatch(/^requirepass \$\{REDIS_PASSWORD:\?/m);
    }
  });

  it('offers its servers to this machine alone, and names exact versions', () => {
    for (const { ports = [], image } of Object.values(compose.services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      if (image !== undefined) expect(image).toMatch(/:(RELEASE\.)?\d/);
    }
  });
});

describe.each(dockerfiles)('%s', (dockerfile) => {
  const lines = readFileSync(path.join(root, dockerfile), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it('copies what is there, and nothing that .dockerignore keeps back', async () => {
    const copied = lines.filter((line) => line.startsWith('COPY ') && !line.includes('--from='));
    expect(copied.length).toBeGreaterThan(0);
    const ignored = (await readFile(path.join(root, '.dockerignore'), 'utf8')).split('\n');
    for (const line of copied) {
      for (const file of line.split(' ').slice(1, -1)) {
        await exists(file);
        expect(ignored).not.toContain(file);
        expect(ignored).not.toContain(`**/${path.basename(file)}`);
      }
    }
  });

  it('brings the manifest of every workspace package, as the lockfile asks', async () => {
    const { packages } = parse(await readFile(path.join(root, 'pnpm-workspace.yaml'), 'utf8')) as {
      packages: string[];
    };
    const sources = lines.flatMap((line) => (line.startsWith('COPY ') ? line.split(' ').slice(1, -1) : []));
    for (const pattern of packages) {
      const folder = pattern.replace('/*', '');
      expect(
        sources.some((file) => file === folder || file === `${folder}/package.json`),
        pattern,
      ).toBe(true);
    }
  });

  it('installs with the pnpm of the project and ends as a user without privileges', async () => {
    const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      packageManager: string;
    };
    const pins = await readFile(path.join(root, 'infra/downloads.json'), 'utf8');
    const pinned = (JSON.parse(pins) as { npm: { pnpm: Record<string, string> } }).npm.pnpm;
    expect(Object.keys(pinned)).toEqual([manifest.packageManager]);
    expect(lines.some((line) => line.startsWith('RUN node infra/npm-pinned.mjs pnpm '))).toBe(true);
    expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER node');
    expect(lines).toContain('STOPSIGNAL SIGTERM');
    expect(lines.lastIndexOf('USER node')).toBeGreaterThan(
      lines.findLastIndex((line) => line.startsWith('RUN ')),
    );
  });
});
