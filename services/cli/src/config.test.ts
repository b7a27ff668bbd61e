import { describe, expect, it } from 'vitest';
import { accessTo, settingsOfStack } from './config.ts';

const STACK = {
  REDIS_URL: 'redis://:a@127.0.0.1:1',
  BATCH_REDIS_URL: 'redis://:b@127.0.0.1:2',
  STORAGE_URL: 's3://alexnet',
  S3_ENDPOINT: 'http://127.0.0.1:3',
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
};
const ELSEWHERE = { REDIS_URL: 'redis://other', STORAGE_URL: 's3://other' };

describe('settingsOfStack', () => {
  it.each([
    ['sets nothing', {}],
    ['sets only empty variables', { REDIS_URL: '', STORAGE_URL: '', S3_ENDPOINT: '' }],
    ['sets the same', STACK],
    ['sets some of the same', { REDIS_URL: STACK.REDIS_URL, AWS_ACCESS_KEY_ID: 'key' }],
    ['sets what the stack does not', { AWS_REGION: 'eu-central-1' }],
  ])('is the stack where the environment %s', (_, environment) => {
    expect(settingsOfStack(environment, STACK)).toEqual(STACK);
  });

  it.each([
    ['in the two variables that it needs', ELSEWHERE],
    [
      'in all of them',
      { ...ELSEWHERE, BATCH_REDIS_URL: 'redis://x', S3_ENDPOINT: 'http://x', AWS_ACCESS_KEY_ID: 'x' },
    ],
  ])('is nothing where the environment names another pipeline %s', (_, environment) => {
    expect(settingsOfStack(environment, STACK)).toEqual({});
  });

  it.each([
    ['REDIS_URL', { REDIS_URL: 'redis://other' }],
    ['STORAGE_URL', { STORAGE_URL: 's3://other' }],
    ['BATCH_REDIS_URL', { BATCH_REDIS_URL: 'redis://other' }],
    ['S3_ENDPOINT', { S3_ENDPOINT: 'http://other' }],
    ['AWS_ACCESS_KEY_ID', { AWS_ACCESS_KEY_ID: 'other' }],
    ['AWS_SECRET_ACCESS_KEY', { AWS_SECRET_ACCESS_KEY: 'other' }],
    ['STORAGE_URL', { STORAGE_URL: 's3://other', REDIS_URL: '' }],
    ['STORAGE_URL', { STORAGE_URL: 's3://other', REDIS_URL: STACK.REDIS_URL }],
    ['REDIS_URL', { ...ELSEWHERE, S3_ENDPOINT: STACK.S3_ENDPOINT }],
  ])('refuses a mixture, by the name of %s', (name, environment) => {
    const contradiction = expect.objectContaining({
      code: 'CONFIG_INVALID',
      actual: expect.stringContaining(`a different ${name}`) as string,
      remedy: expect.stringContaining(name) as string,
    }) as Error;
    expect(() => settingsOfStack(environment, STACK)).toThrow(contradiction);
  });

  it('tells no password', () => {
    const text = (): unknown =>
      settingsOfStack({ REDIS_URL: 'redis://:mine@x', AWS_SECRET_ACCESS_KEY: 'too' }, STACK);
    expect(text).toThrow(/^(?!.*(mine|too|secret|127))/);
  });
});

describe('accessTo', () => {
  it('has the addresses and the credentials of the stack, for this process and for others', () => {
    const { config, environment } = accessTo({ HOME: '/home/me', REDIS_URL: 'redis://other' }, STACK);
    expect(config).toMatchObject({
      redisUrl: STACK.REDIS_URL,
      s3Endpoint: STACK.S3_ENDPOINT,
      s3Credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    });
    expect(environment).toEqual({ HOME: '/home/me', ...STACK });
  });

  it('leaves it to the S3 client to find credentials where the stack has none', () => {
    const own = { AWS_ACCESS_KEY_ID: 'mine', AWS_SECRET_ACCESS_KEY: 'too' };
    const { config, environment } = accessTo({ HOME: '/home/me', ...own }, { REDIS_URL: STACK.REDIS_URL });
    expect(config.s3Credentials).toBeUndefined();
    expect(environment).toMatchObject(own);
  });
});
