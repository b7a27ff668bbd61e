import { meaningOfRedisError } from './redis-reply.ts';

/**
 * Every error that reaches a person, in one table. The code is stable: scripts may match on it.
 * `exitCode` 2 means that the command was used wrongly, 1 that it failed, 130 that a signal ended it. docs/errors.md lists the same table,
 * and a test keeps the two alike.
 */
export const ERRORS = {
  // usage and configuration
  USAGE: { exitCode: 2, summary: 'The command line could not be understood.' },
  CONFIG_INVALID: { exitCode: 2, summary: 'A setting has a value outside its range or type.' },
  CONFIG_UNKNOWN_KEY: { exitCode: 2, summary: 'A setting with this name does not exist.' },
  NAME_INVALID: {
    exitCode: 2,
    summary: 'A dataset or run name has characters that object keys cannot carry.',
  },

  REQUEST_INVALID: { exitCode: 1, summary: 'The request could not be understood.' },
  UNAUTHENTICATED: { exitCode: 1, summary: 'The request lacks the token of the console.' },
  ACCESS_DENIED: { exitCode: 1, summary: 'The console does not allow this request.' },
  TOO_MANY_REQUESTS: { exitCode: 1, summary: 'The console was asked too often.' },
  INTERRUPTED: { exitCode: 130, summary: 'The command was interrupted before it finished.' },

  // the machine
  PYTHON_MISSING: { exitCode: 1, summary: 'Python 3 with pip is needed to fetch TensorFlow and Valkey.' },
  PROVISION_FAILED: { exitCode: 1, summary: 'The set-up could not fetch or compile a part.' },
  REDIS_BINARY_MISSING: { exitCode: 1, summary: 'No Redis or Valkey server program was found.' },
  S3_BINARY_MISSING: { exitCode: 1, summary: 'No MinIO server program was found, and none could be built.' },
  PROCESS_FAILED: { exitCode: 1, summary: 'A process of the local stack ended or did not become ready.' },
  DISK_FULL: { exitCode: 1, summary: 'The disk, or the quota, is full.' },
  PERMISSION_DENIED: { exitCode: 1, summary: 'This user may not read or write a file or folder.' },
  FOLDER_UNUSABLE: { exitCode: 1, summary: 'A folder that is needed cannot be created or used.' },
  STACK_RUNNING: { exitCode: 1, summary: 'A local stack is already running from this folder.' },
  THREAD_FAILED: { exitCode: 1, summary: 'A thread that reads and decodes images ended.' },

  // TensorFlow
  TENSORFLOW_MISSING: { exitCode: 1, summary: 'TensorFlow is not provisioned, or its addon does not load.' },
  DEVICE_UNAVAILABLE: { exitCode: 1, summary: 'The requested device is not available.' },
  ENGINE_FAILED: { exitCode: 1, summary: 'The thread that TensorFlow runs in ended.' },

  // Redis
  REDIS_UNREACHABLE: { exitCode: 1, summary: 'Redis does not answer at its address.' },
  REDIS_DENIED: { exitCode: 1, summary: 'Redis refuses the login, or a command that this user needs.' },
  REDIS_FULL: { exitCode: 1, summary: 'Redis has no memory left.' },
  REDIS_UNSUITABLE: {
    exitCode: 1,
    summary: 'Redis answers, but its version, role or settings do not suit a queue.',
  },
  JOB_INVALID: { exitCode: 1, summary: 'The data of a job does not match the schema of its queue.' },

  // the object store
  STORAGE_UNREACHABLE: { exitCode: 1, summary: 'The object store does not answer.' },
  STORAGE_DENIED: { exitCode: 1, summary: 'The object store refuses the credentials.' },
  STORAGE_UNSUITABLE: {
    exitCode: 1,
    summary: 'The object store ignores conditional writes, so two trainers could overwrite each other.',
  },
  STORAGE_MISMATCH: {
    exitCode: 1,
    summary: 'Processes that share a queue use different object stores, or servers for slices.',
  },
  STORAGE_FAILED: {
    exitCode: 1,
    summary: 'The object store answered with an error, and retries did not help.',
  },
  OBJECT_NOT_FOUND: { exitCode: 1, summary: 'No object with this key is in the store.' },
  OBJECT_PRECONDITION_FAILED: {
    exitCode: 1,
    summary: 'The object changed since it was read, or exists already.',
  },
  OBJECT_CORRUPT: {
    exitCode: 1,
    summary: 'An object does not have the size or digest that its manifest states.',
  },
  KEY_INVALID: {
    exitCode: 1,
    summary: 'An object key is empty, too long, or would leave the root of the store.',
  },
  FORMAT_INVALID: { exitCode: 1, summary: 'A file does not follow its format.' },

  // images and datasets
  IMAGE_UNREADABLE: { exitCode: 1, summary: 'An image could not be decoded.' },
  SOURCE_NOT_FOUND: {
    exitCode: 1,
    summary: 'The folder or bucket of images does not exist or has no images.',
  },
  SOURCE_LAYOUT: {
    exitCode: 1,
    summary: 'The classes and splits of the source are not clear, or cannot be used.',
  },
  DATASET_EXISTS: { exitCode: 1, summary: 'A dataset with this name exists already.' },
  DATASET_NOT_FOUND: { exitCode: 1, summary: 'No dataset with this name is in the store.' },
  DATASET_EMPTY: {
    exitCode: 1,
    summary: 'A class of the source has no image that could be decoded, or only one class is left.',
  },
  TOO_MANY_QUARANTINED: {
    exitCode: 1,
    summary: 'More files of the source could not be read than is allowed.',
  },
  DATASET_LEAK: {
    exitCode: 1,
    summary: 'Images of the train split are also in the validation split.',
  },
  DATASET_IN_USE: { exitCode: 1, summary: 'The dataset belongs to a run, or is being made.' },
  DATASET_CHANGED: { exitCode: 1, summary: 'The dataset was replaced after the run began.' },
  DATASET_FAILED: { exitCode: 1, summary: 'The dataset job failed.' },

  // runs
  RUN_EXISTS: { exitCode: 1, summary: 'A run with this name exists already.' },
  RUN_NOT_FOUND: { exitCode: 1, summary: 'No run with this name is in the store.' },
  RUN_ACTIVE: { exitCode: 1, summary: 'The run is queued or running.' },
  RUN_INACTIVE: { exitCode: 1, summary: 'The run is neither queued nor running.' },
  RUN_FINISHED: { exitCode: 1, summary: 'The run has reached its end.' },
  RUN_UNFINISHED: { exitCode: 1, summary: 'The run has steps left.' },
  RUN_FAILED: { exitCode: 1, summary: 'The run failed.' },
  RUN_FENCED: { exitCode: 1, summary: 'Another trainer has taken over this run.' },
  LOSS_NOT_FINITE: {
    exitCode: 1,
    summary: 'Training broke down: the loss or a weight became NaN or infinite.',
  },
  SLICE_CORRUPT: { exitCode: 1, summary: 'A batch slice does not have the bytes that its digest states.' },
  SLICE_FAILED: { exitCode: 1, summary: 'A batch slice could not be made.' },
  CHECKPOINT_NOT_FOUND: { exitCode: 1, summary: 'The run has no such checkpoint.' },
  CHECKPOINT_CORRUPT: {
    exitCode: 1,
    summary: 'A checkpoint does not have the bytes that its manifest states.',
  },
  CHECKPOINT_MISMATCH: { exitCode: 1, summary: 'The weights do not fit the net.' },
  STEP_NOT_RECORDED: { exitCode: 1, summary: 'No checkpoint of the run has this step.' },
  BATCH_DIFFERS: {
    exitCode: 1,
    summary: 'A batch that was made again is not the one that the run was trained on.',
  },
  NOTIFICATION_FAILED: { exitCode: 1, summary: 'The receiver of notifications did not take one.' },
  AUDIT_FAILED: { exitCode: 1, summary: 'The ledger does not show every sample exactly once.' },

  INTERNAL: { exitCode: 1, summary: 'A bug: the program reached a state that it should not.' },
} as const satisfies Record<string, { exitCode: 1 | 2 | 130; summary: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  /** What was wanted, e.g. "a number between 0 and 1". */
  expected: string;
  /** What was found instead, e.g. "1.5". */
  actual: string;
  /** What the person can do about it: a command or a setting. */
  remedy: string;
  cause?: unknown;
}

/** Characters of each detail that are kept: what came from outside may be long, and errors are kept in Redis. */
const DETAIL_LIMIT = 4000;

const clip = (text: string): string =>
  text.length > DETAIL_LIMIT ? `${text.slice(0, DETAIL_LIMIT)}…` : text;

/**
 * An error for a person: what was expected, what came, what to do; each cut off after 4,000 characters. Thrown
 * with a code of {@link ERRORS}.
 */
export class AlexnetError extends Error {
  readonly code: ErrorCode;
  readonly expected: string;
  readonly actual: string;
  readonly remedy: string;

  constructor(code: ErrorCode, details: ErrorDetails) {
    const expected = clip(details.expected);
    const actual = clip(details.actual.trim() === '' ? EMPTY : details.actual);
    const remedy = clip(details.remedy);
    super(`${ERRORS[code].summary} Expected ${expected}; got ${withoutStop(actual)}. ${remedy}`, {
      cause: details.cause,
    });
    this.name = 'AlexnetError';
    this.code = code;
    this.expected = expected;
    this.actual = actual;
    this.remedy = remedy;
  }

  get exitCode(): (typeof ERRORS)[ErrorCode]['exitCode'] {
    return ERRORS[this.code].exitCode;
  }

  /** Survives JSON and so a job queue or a thread boundary; {@link AlexnetError.fromJSON} reads it back. */
  toJSON(): SerialisedError {
    return { code: this.code, expected: this.expected, actual: this.actual, remedy: this.remedy };
  }

  static fromJSON(value: unknown): AlexnetError | undefined {
    if (!isSerialisedError(value)) return undefined;
    return new AlexnetError(value.code, value);
  }
}

export interface SerialisedError {
  code: ErrorCode;
  expected: string;
  actual: string;
  remedy: string;
}

function isSerialisedError(value: unknown): value is SerialisedError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, expected, actual, remedy } = value as Record<string, unknown>;
  return (
    typeof code === 'string' &&
    Object.hasOwn(ERRORS, code) &&
    [expected, actual, remedy].every((text) => typeof text === 'string')
  );
}

/** Whether something thrown is an error of this code. */
export const hasCode = (thrown: unknown, code: ErrorCode): thrown is AlexnetError =>
  thrown instanceof AlexnetError && thrown.code === code;

/** Any thrown value as an AlexnetError: itself, or wrapped as INTERNAL with its message. */
export function toAlexnetError(thrown: unknown): AlexnetError {
  if (thrown instanceof AlexnetError) return thrown;
  const ofRedis = meaningOfRedisError(thrown);
  if (ofRedis !== undefined)
    return new AlexnetError(ofRedis.code, { ...ofRedis, actual: messageOf(thrown), cause: thrown });
  const systemCode = (thrown as { code?: unknown } | null)?.code;
  const message = messageOf(thrown);
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') {
    return new AlexnetError('DISK_FULL', {
      expected: 'room to write',
      actual: message,
      remedy: 'Free some disk space, then run the same command again: nothing half-written was left.',
      cause: thrown,
    });
  }
  if (DENIED.has(String(systemCode))) {
    return new AlexnetError('PERMISSION_DENIED', {
      expected: 'to be allowed to read and write here',
      actual: message,
      remedy: 'Change the permissions, or run the command from another folder or as another user.',
      cause: thrown,
    });
  }
  return new AlexnetError('INTERNAL', {
    expected: 'no error here',
    actual: message,
    remedy: 'This is a bug: please report it with the stack trace.',
    cause: thrown,
  });
}

/** System errors that mean missing permissions or a read-only file system. */
const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A server's own words may end with a full stop: one is enough. */
/** In place of what cannot be seen, e.g. the value of an option that was given as ''. */
const EMPTY = 'an empty value';

const withoutStop = (text: string): string => text.replace(/\.$/, '');
