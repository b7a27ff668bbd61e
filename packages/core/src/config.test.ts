import { userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from './config.ts';
import { AlexnetError } from './errors.ts';

afterEach(() => vi.unstubAllEnvs());

describe('loadConfig', () => {
  it('puts batch slices into the queue Redis unless told otherwise', () => {
    expect(loadConfig({ REDIS_URL: 'redis://a:1' }).batchRedisUrls).toEqual(['redis://a:1']);
    const { batchRedisUrls } = loadConfig({ REDIS_URL: 'redis://a:1', BATCH_REDIS_URL: 'redis://b:2' });
    expect(batchRedisUrls).toEqual(['redis://b:2']);
  });

  it.each([
    ['redis://:a,b@one:1,rediss://two', ['redis://:a,b@one:1', 'rediss://two']],
    [
      ' redis://one , unix:///s?password=c,d  redis://two ',
      ['redis://one', 'unix:///s?password=c,d', 'redis://two'],
    ],
    [
      'redis+sentinel://one:1,two:2/name, redis+sentinel://three,four/other',
      ['redis+sentinel://one:1,two:2/name', 'redis+sentinel://three,four/other'],
    ],
  ])('takes %j as several servers for batch slices', (text, expected) => {
    expect(loadConfig({ BATCH_REDIS_URL: text }).batchRedisUrls).toEqual(expected);
  });

  it.each([
    'redis://one,two',
    'redis://one,redis://one',
    ',',
    'redis://one,http://two',
    'redis://one redis://',
  ])('refuses %j as servers for batch slices', (text) => {
    expect(() => loadConfig({ BATCH_REDIS_URL: text })).toThrow(/BATCH_REDIS_URL/);
  });

  it('believes no proxy unless told otherwise, and takes addresses and ranges', () => {
    expect(loadConfig({}).consoleTrustedProxies).toEqual([]);
    const text = '10.0.0.0/8, 192.168.1.5 fd00::/8';
    const { consoleTrustedProxies } = loadConfig({ ALEXNET_CONSOLE_TRUSTED_PROXIES: text });
    expect(consoleTrustedProxies).toEqual(['10.0.0.0/8', '192.168.1.5', 'fd00::/8']);
  });

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0', '*', 'true', '1'])('takes %j for no proxy', (text) => {
    const load = (): unknown => loadConfig({ ALEXNET_CONSOLE_TRUSTED_PROXIES: text });
    expect(load).toThrow(/ALEXNET_CONSOLE_TRUSTED_PROXIES/);
  });

  it('refuses an unknown ALEXNET_ variable and names the nearest one', () => {
    expect(() => loadConfig({ ALEXNET_WINDOWS_BYTES: '1' })).toThrow(/Did you mean ALEXNET_WINDOW_BYTES/);
  });

  it('treats an empty variable as unset', () => {
    expect(loadConfig({ S3_ENDPOINT: '' }).s3Endpoint).toBeUndefined();
  });

  it.each([
    ['in the cache folder of the user', { XDG_CACHE_HOME: '/xdg', HOME: '/home/a' }, '/xdg/alexnet'],
    [
      'in the home folder where that is empty',
      { XDG_CACHE_HOME: '', HOME: '/home/a' },
      '/home/a/.cache/alexnet',
    ],
    [
      'in the home folder where that is relative',
      { XDG_CACHE_HOME: 'xdg', HOME: '/home/a' },
      '/home/a/.cache/alexnet',
    ],
    ['where it is told to be', { ALEXNET_CACHE_DIR: '/cache', XDG_CACHE_HOME: '/xdg' }, '/cache'],
  ])('puts the cache %s', (_, environment, expected) => {
    expect(loadConfig(environment).cacheDir).toBe(expected);
  });

  it.each([
    ['unset', undefined],
    ['empty', ''],
    ['relative', 'home'],
  ])('puts the cache into the home folder that the system knows where HOME is %s', (_, home) => {
    vi.stubEnv('HOME', home);
    const { cacheDir } = loadConfig({ ...process.env, XDG_CACHE_HOME: '', ALEXNET_CACHE_DIR: '' });
    expect(cacheDir).toBe(path.join(userInfo().homedir, '.cache', 'alexnet'));
  });

  it.each([
    ['REDIS_URL', 'http://localhost'],
    ['STORAGE_URL', 'ftp://host/x'],
    ['S3_ENDPOINT', 'file:///x'],
    ['ALEXNET_WINDOW_BYTES', '-5'],
    ['ALEXNET_WINDOW_BYTES', '5 apples'],
    ['ALEXNET_LOG_LEVEL', 'loud'],
    ['ALEXNET_TENSORFLOW', 'tpu'],
  ])('refuses %s=%s with CONFIG_INVALID that names it, its value and an example', (name, value) => {
    try {
      loadConfig({ [name]: value });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AlexnetError);
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
      const { expected, actual, remedy } = error as AlexnetError;
      expect(expected).toMatch(new RegExp(`^${name} \\(.*\\), e\\.g\\. \\S`));
      expect(actual).toBe(`${name}=${value}`);
      expect(remedy).toContain(name);
    }
  });

  it('understands sizes with units', () => {
    const { windowBytes, shardCacheBytes } = loadConfig({
      ALEXNET_WINDOW_BYTES: '512MB',
      ALEXNET_SHARD_CACHE_BYTES: '1 GiB',
    });
    expect([windowBytes, shardCacheBytes]).toEqual([512_000_000, 1024 ** 3]);
  });

  it('does not repeat a password', () => {
    expect(() => loadConfig({ REDIS_URL: 'http://:secret@host' })).toThrow(/REDIS_URL=http:\/\/:…@host/);
  });

  it.each([
    'redis://:sec/ret@host:x',
    'redis://user:sec@ret@host:x',
    'redis://:sec:ret@host:x',
    'unix://host/path?password=secret',
    'redis+sentinel://:secret@host/name/x',
    'redis+sentinel://host/name/x?sentinelPassword=secret',
    'redis+sentinel://host:26379/name?sentinel-password=secret',
    'redis+sentinel://host:26379/name/x?sentinelPassword=pass@secret',
    'unix://host/path?db=1&password=secret',
    'redis://:secret@one,http://:secret@two',
  ])('does not repeat the password of %j, which is no address of a Redis', (url) => {
    expect(() => loadConfig({ BATCH_REDIS_URL: url })).toThrow(/BATCH_REDIS_URL=\w/);
    expect(() => loadConfig({ BATCH_REDIS_URL: url })).not.toThrow(/sec/);
  });
});
