import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { AlexnetError } from './errors.ts';

describe('loadConfig', () => {
  it('puts batch slices into the queue Redis unless told otherwise', () => {
    expect(loadConfig({ REDIS_URL: 'redis://a:1' }).batchRedisUrl).toBe('redis://a:1');
    expect(loadConfig({ REDIS_URL: 'redis://a:1', BATCH_REDIS_URL: 'redis://b:2' }).batchRedisUrl).toBe(
      'redis://b:2',
    );
  });

  it('refuses an unknown ALEXNET_ variable and names the nearest one', () => {
    expect(() => loadConfig({ ALEXNET_WINDOWS_BYTES: '1' })).toThrow(/Did you mean ALEXNET_WINDOW_BYTES/);
  });

  it('treats an empty variable as unset', () => {
    expect(loadConfig({ S3_ENDPOINT: '' }).s3Endpoint).toBeUndefined();
  });

  it.each([
    ['REDIS_URL', 'http://localhost'],
    ['STORAGE_URL', 'ftp://host/x'],
    ['S3_ENDPOINT', 'file:///x'],
    ['ALEXNET_WINDOW_BYTES', '-5'],
    ['ALEXNET_TENSORFLOW', 'tpu'],
  ])('refuses %s=%s with CONFIG_INVALID that names it', (name, value) => {
    try {
      loadConfig({ [name]: value });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AlexnetError);
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
      expect((error as AlexnetError).remedy).toContain(name);
    }
  });
});
