import type { SentError } from '@alexnet/core';
import type { DecodedSample, DecodeRequest } from '@alexnet/datasets';

export interface ThreadRequest extends DecodeRequest {
  /** Says, with the dataset's name, which source the thread has open. */
  addition: string;
  /** Receives the pixels of the samples. */
  memory: SharedArrayBuffer;
}

/** Where pixels are in the memory that came with the request, they are not sent. */
export type SentSample =
  | Exclude<DecodedSample, { rgb: Uint8Array }>
  | (Omit<Extract<DecodedSample, { rgb: Uint8Array }>, 'rgb' | 'body'> & { jpeg: Uint8Array | undefined });

export type ThreadAnswer = { samples: SentSample[] } | { error: SentError };
