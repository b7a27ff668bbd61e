import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openStore } from './open.ts';

describe('openStore', () => {
  it.each([
    ['file:///tmp/a%20b', 'file:///tmp/a%20b'],
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/', 's3://bucket'],
    ['s3://bucket/some/prefix/', 's3://bucket/some/prefix'],
    ['s3://bucket/with space', 's3://bucket/with space'],
  ])('opens %s', async (url, shown) => {
    const store = openStore(url, { s3Endpoint: 'http://127.0.0.1:1' });
    expect(store.url).toBe(shown);
    await store.close();
  });

  it.each([
    '',
    'bucket',
    'http://host/bucket',
    'file://host/path',
    's3:///prefix',
    's3://bucket?x=1',
    's3://b:1/',
    's3://bucket/%',
    's3://bucket/%ff',
    's3://bucket/a%00',
    'file:///%',
    'file:///a%2fb',
    'file:///a%00',
  ])('refuses %j', (url) => {
    expect(() => openStore(url)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('does not repeat credentials that stand in the URL', () => {
    expect(() => openStore('s3://key:hidden@bucket')).toThrow('//…@bucket');
    expect(() => openStore('s3://key:hidden@bucket')).not.toThrow('hidden');
  });

  it('refuses a prefix that is no key', () => {
    expect(() => openStore('s3://bucket/a//b')).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});

it('prints nothing about the age of Node, and keeps other warnings', () => {
  const built = new URL('../dist/index.js', import.meta.url).href;
  const script = `Object.defineProperty(process, 'version', { value: 'v20.19.0' });
    const { openStore } = await import(${JSON.stringify(built)});
    await openStore('s3://bucket', { s3Endpoint: 'http://127.0.0.1:1' }).close();
    process.emitWarning('another');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^\S+ Warning: another\n/);
});
