import { AlexnetError, messageOf, toAlexnetError, type SerialisedError } from './errors.ts';

/** An error on its way between threads: structured clones of errors lose their codes. */
export interface SentError extends SerialisedError {
  stack: string | undefined;
  cause: SentCause | undefined;
}

interface SentCause {
  name: string;
  message: string;
  stack: string | undefined;
  code: string | number | undefined;
  cause: SentCause | undefined;
}

/** Causes of causes that go along. */
const MOST_CAUSES = 4;

export function sendError(thrown: unknown): SentError {
  const error = toAlexnetError(thrown);
  return { ...error.toJSON(), stack: error.stack, cause: sendCause(error.cause, MOST_CAUSES) };
}

export function receiveError({ stack, cause, ...details }: SentError): AlexnetError {
  const error = new AlexnetError(details.code, { ...details, cause: cause && receiveCause(cause) });
  if (stack !== undefined) error.stack = stack;
  return error;
}

function sendCause(thrown: unknown, most: number): SentCause | undefined {
  if (thrown === undefined || most === 0) return undefined;
  const { name, stack, code, cause } = thrown instanceof Error ? (thrown as NodeJS.ErrnoException) : {};
  return {
    name: name ?? 'Error',
    message: messageOf(thrown),
    stack,
    code,
    cause: sendCause(cause, most - 1),
  };
}

function receiveCause({ message, cause, ...details }: SentCause): Error {
  const error = new Error(message, { cause: cause && receiveCause(cause) });
  return Object.assign(error, details);
}
