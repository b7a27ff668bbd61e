import { AlexnetError, messageOf } from '@alexnet/core';
import { objectNotFound, preconditionFailed, rangeInvalid } from './errors.ts';
import { keyInvalid } from './keys.ts';

/** Where a request went, for messages. */
export interface S3Place {
  /** The store, `s3://bucket/prefix`. */
  url: string;
  bucket: string;
  /** Without credentials; "AWS" and the region where no endpoint is set. */
  endpoint: string;
  /** What names the bucket, for advice. */
  setting: string;
}

interface ServiceError {
  name?: string;
  /** Of a failed system call. */
  code?: string;
  $metadata?: { httpStatusCode?: number; attempts?: number };
}

const DENIED = new Set([
  'AccessDenied',
  'AuthorizationHeaderMalformed',
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  // Of versitygw, with status 404.
  'XAdminUserNotFound',
]);
const DISK_FULL = new Set(['InsufficientStorage', 'QuotaExceeded', 'XMinioStorageFull']);
const KEY_REFUSED = new Set([
  'ExistingObjectIsDirectory',
  'InvalidObjectName',
  'KeyTooLongError',
  'ObjectParentIsFile',
  'XMinioInvalidObjectName',
  'XMinioObjectExistsAsDirectory',
  'XMinioParentIsObject',
]);

/** The HTTP status that ended a request, or undefined where no answer came. */
export function statusOf(thrown: unknown): number | undefined {
  return (thrown as ServiceError | null)?.$metadata?.httpStatusCode;
}

export function isMissing(thrown: unknown): boolean {
  const name = (thrown as ServiceError | null)?.name ?? '';
  return statusOf(thrown) === 404 && name !== 'NoSuchBucket' && !DENIED.has(name);
}

/** Whether a conditional write was refused for its condition: also when another such write was under way. */
export function isRefused(thrown: unknown): boolean {
  return statusOf(thrown) === 412 || statusOf(thrown) === 409 || isMissing(thrown);
}

/**
 * Whether a write that failed like this may have been done all the same: no answer came, the server failed, or a
 * first attempt was done unheard and the repetition then refused.
 */
export function isAmbiguous(thrown: unknown): boolean {
  const status = statusOf(thrown);
  return status === undefined || status >= 500 || ((thrown as ServiceError).$metadata?.attempts ?? 1) > 1;
}

/** What the SDK threw for an object (or the bucket, where key is ''), as the error of the table that fits. */
export function s3Error(thrown: unknown, place: S3Place, key: string): AlexnetError {
  if (thrown instanceof AlexnetError) return thrown;
  const name = (thrown as ServiceError | null)?.name ?? '';
  const status = statusOf(thrown);
  if (name === 'NoSuchBucket') return noSuchBucket(thrown, place);
  if (KEY_REFUSED.has(name))
    return keyInvalid(
      key,
      'a key that the server takes, and that is not also the beginning of another',
      thrown,
    );
  if (DISK_FULL.has(name) || status === 507) return diskFull(thrown, place);
  if (DENIED.has(name) || status === 401 || status === 403) return denied(thrown, place);
  if (status === 404 && name !== 'NoSuchUpload') return objectNotFound(place.url, key);
  if (status === 412) return preconditionFailed(place.url, key, thrown);
  if (status === 416) return rangeInvalid(place.url, key, 'in the range asked for');
  return status === undefined ? unreachable(thrown, place) : failed(thrown, place, status);
}

function noSuchBucket(cause: unknown, { bucket, endpoint, setting }: S3Place): AlexnetError {
  return new AlexnetError('STORAGE_FAILED', {
    expected: `a bucket ${bucket} at ${endpoint}`,
    actual: 'no such bucket',
    remedy: `Create it (aws s3 mb s3://${bucket}), or correct ${setting}.`,
    cause,
  });
}

function diskFull(cause: unknown, { endpoint, bucket }: S3Place): AlexnetError {
  return new AlexnetError('DISK_FULL', {
    expected: `room in the bucket ${bucket} at ${endpoint}`,
    actual: describe(cause),
    remedy: 'Free some space on the server, then run the same command again: finished parts are kept.',
    cause,
  });
}

function denied(cause: unknown, { endpoint, bucket }: S3Place): AlexnetError {
  return new AlexnetError('STORAGE_DENIED', {
    expected: `to be allowed to use the bucket ${bucket} at ${endpoint}`,
    actual: describe(cause),
    remedy:
      'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, the policy of the bucket and the clock.',
    cause,
  });
}

function unreachable(cause: unknown, { endpoint, bucket }: S3Place): AlexnetError {
  return new AlexnetError('STORAGE_UNREACHABLE', {
    expected: `an S3 server for the bucket ${bucket} at ${endpoint}`,
    actual: describe(cause),
    remedy: 'Check that it runs, S3_ENDPOINT, and the network.',
    cause,
  });
}

function failed(cause: unknown, { endpoint, bucket }: S3Place, status: number): AlexnetError {
  return new AlexnetError('STORAGE_FAILED', {
    expected: `the bucket ${bucket} at ${endpoint} to work`,
    actual: `status ${status}, ${describe(cause)}`,
    remedy: status === 301 ? 'Set AWS_REGION to the region of the bucket.' : "Look into the server's log.",
    cause,
  });
}

/** Name and message; a connection error may carry its text in `code` alone. */
function describe(thrown: unknown): string {
  const { name, code } = thrown as ServiceError;
  return [name, code, messageOf(thrown)].filter((part) => part !== undefined && part !== '').join(': ');
}
