import { AlexnetError, messageOf, toAlexnetError, type Logger } from '@alexnet/core';

/** What Node and ioredis call a connection that could not be opened, or broke. */
const OF_THE_CONNECTION =
  /^(Socket timeout|connect ETIMEDOUT|All sentinels are unreachable|Command aborted due to connection close|Command timed out)/;

/** An error of a Redis client with its code: REDIS_UNREACHABLE for any trouble with the connection itself. */
export function asRedisError(thrown: unknown): AlexnetError {
  const known = toAlexnetError(thrown);
  if (known.code !== 'INTERNAL' || !isOfTheConnection(thrown)) return known;
  return new AlexnetError('REDIS_UNREACHABLE', {
    expected: 'an answer from Redis',
    actual: detailOf(thrown),
    remedy: 'Check that it runs, and its address.',
    cause: thrown,
  });
}

/** The message of an error, or its code: an AggregateError of several addresses has no message. */
export function detailOf(thrown: unknown): string {
  return messageOf(thrown) || ((thrown as { code?: string }).code ?? 'no answer');
}

/** Codes of Node for a connection over TLS that one of the two ends refuses. */
const OF_TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH)/;

/** Whether TLS failed, e.g. because nobody whom we trust has signed the server's certificate. */
export const isOfTls = (thrown: unknown): boolean =>
  thrown instanceof Error && OF_TLS.test((thrown as NodeJS.ErrnoException).code ?? '');

function isOfTheConnection(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { syscall, code } = thrown as NodeJS.ErrnoException;
  const isKnown = syscall !== undefined || /^E[A-Z]+$/.test(code ?? '') || isOfTls(thrown);
  return isKnown || OF_THE_CONNECTION.test(thrown.message);
}

/** Errors that a line was written for: one reaches every command that waits, and every queue of its connection. */
const logged = new WeakSet<object>();

/** Writes an error of a Redis client into the log, unless it is there already. */
export function logRedisError(
  log: Logger | undefined,
  thrown: unknown,
  fields: { queue?: string; redis?: string },
  text: string,
): void {
  if (typeof thrown === 'object' && thrown !== null) {
    if (logged.has(thrown)) return;
    logged.add(thrown);
  }
  log?.warn({ ...fields, error: asRedisError(thrown) }, text);
}
