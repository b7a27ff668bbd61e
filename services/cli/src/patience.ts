import { setTimeout as sleep } from 'node:timers/promises';
import { AlexnetError, firstAborted, orAborted } from '@alexnet/core';
import type { Pipeline } from '@alexnet/pipeline';
import { redisAddress } from '@alexnet/redis';
import { findStackOf } from './stack/stack-file.ts';
import type { Output } from './ui/output.ts';

const CHECK_MS = 500;
/** Without an answer for this long Redis is said to be silent. */
const SILENT_MS = 2_000;
const REPEAT_MS = 10_000;

/**
 * The result of something that asks Redis again and again. When Redis does not answer, it says so after two seconds and
 * then every ten, for as long as it takes.
 * @throws the signal's reason as soon as it aborts; REDIS_UNREACHABLE when the local stack that Redis belonged to is gone
 */
export async function patiently<T>(
  { redis, config }: Pick<Pipeline, 'redis' | 'config'>,
  output: Output,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const watching = watch(redis, config.redisUrl, output, firstAborted(signal, ended.signal));
  try {
    return await orAborted(Promise.race([work(), watching]), signal);
  } finally {
    ended.abort();
  }
}

/** Asks Redis for an answer until the signal aborts; never resolves. */
async function watch(
  redis: Pipeline['redis'],
  url: string,
  output: Output,
  signal: AbortSignal,
): Promise<never> {
  const stack = findStackOf(url)?.pid;
  const pause = (): Promise<void> => sleep(CHECK_MS, undefined, { signal }).catch(() => undefined);
  const left = (): boolean => signal.aborted;
  while (!left()) {
    const asked = performance.now();
    const question = { answered: false };
    const answer = (): void => void (question.answered = true);
    redis.ping().then(answer, answer);
    let said = -Infinity;
    await pause();
    while (!question.answered && !left()) {
      const now = performance.now();
      if (stack !== undefined && findStackOf(url)?.pid !== stack) throw stackGone(url);
      if (now - asked >= SILENT_MS && now - said >= REPEAT_MS) {
        output.note(
          `Redis at ${redisAddress(url)} does not answer; trying again (${Math.round((now - asked) / 1000)} s)`,
        );
        said = now;
      }
      await pause();
    }
  }
  return await new Promise<never>(() => undefined);
}

function stackGone(url: string): AlexnetError {
  return new AlexnetError('REDIS_UNREACHABLE', {
    expected: `an answer from Redis at ${redisAddress(url)}, of the local stack`,
    actual: 'the stack has ended',
    remedy: 'Start it again with `npx alexnet up`, then give the command again: what was queued is kept.',
  });
}
