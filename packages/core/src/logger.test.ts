import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AlexnetError } from './errors.ts';
import { createLogger } from './logger.ts';

type Line = Record<string, unknown> & { error?: Record<string, unknown> };
let lines: Line[];
const open = () =>
  createLogger('test', 'debug', {
    destination: { write: (text) => lines.push(JSON.parse(text) as Line) },
  });

beforeEach(() => {
  lines = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an error in a log line', () => {
  it('has code, message, stack and cause', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const details = { expected: 'an answer', actual: 'none', remedy: 'Start it.', cause };
    open().warn({ error: new AlexnetError('REDIS_UNREACHABLE', details) }, 'no Redis');
    expect(lines[0]?.error).toMatchObject({
      ...{ code: 'REDIS_UNREACHABLE', expected: 'an answer', actual: 'none', remedy: 'Start it.' },
      stack: expect.stringContaining('logger.test') as string,
      cause: { code: 'ECONNREFUSED', stack: expect.stringContaining('logger.test') as string },
    });
  });

  it('may be any thrown value, and a cause may lead back to itself', () => {
    const circular = new Error('circular');
    circular.cause = circular;
    const log = open();
    log.warn({ error: 'a text' }, 'one');
    log.warn({ error: circular }, 'two');
    expect(lines.map(({ error }) => error)).toEqual([
      'a text',
      expect.objectContaining({ message: 'circular' }),
    ]);
  });
});

describe('a warning that repeats', () => {
  const failure = (code: string): Error => Object.assign(new Error('no'), { code });

  it('is written once in ten seconds, then with the number of times', () => {
    const log = open();
    for (let i = 0; i < 1_000; i++) log.warn({ attempt: i, error: failure('EPIPE') }, 'no connection');
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(lines.slice(1)).toMatchObject([
      { msg: 'no connection', repeated: 999, attempt: 999, error: { code: 'EPIPE' } },
    ]);
    log.warn({ error: failure('EPIPE') }, 'no connection');
    expect(lines).toHaveLength(2);
    vi.advanceTimersByTime(20_000);
    expect(lines[2]).toMatchObject({ repeated: 1 });
    vi.advanceTimersByTime(40_000);
    log.warn({ error: failure('EPIPE') }, 'no connection');
    expect(lines[3]).not.toHaveProperty('repeated');
  });

  it('is written a dozen times in ten minutes without end', () => {
    const log = open();
    for (let second = 0; second < 600; second++) {
      log.warn('no connection');
      vi.advanceTimersByTime(1_000);
    }
    expect(lines.length).toBeLessThan(13);
    const written = lines.reduce((sum, { repeated }) => sum + (Number(repeated) || 0), 1);
    expect(written).toBeGreaterThan(500);
  });

  it('is not taken for another one, of another subject, code or level', () => {
    const log = open();
    log.warn({ run: 'a' }, 'failed');
    log.warn({ run: 'b' }, 'failed');
    log.warn({ run: 'a', error: failure('EPIPE') }, 'failed');
    log.error({ run: 'a' }, 'failed');
    log.warn('failed');
    log.info({ run: 'a' }, 'said');
    log.info({ run: 'a' }, 'said');
    expect(lines).toHaveLength(7);
  });

  it('counts messages that are plain text', () => {
    const log = open();
    for (let i = 0; i < 3; i++) log.warn('plain');
    vi.advanceTimersByTime(10_000);
    expect(lines).toMatchObject([{ msg: 'plain' }, { msg: 'plain', repeated: 2 }]);
  });
});
