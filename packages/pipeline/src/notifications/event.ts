import { createHash } from 'node:crypto';
import type { AlexnetError } from '@alexnet/core';
import { RunProgress } from '../progress.ts';

export type NotificationType =
  'run.finished' | 'run.failed' | 'run.stopped' | 'run.waiting' | 'run.continued';

/** What a notification says, as it is sent. docs/notifications.md describes the fields. */
export interface NotificationEvent {
  version: 1;
  /** The same in every attempt to deliver it. */
  id: string;
  type: NotificationType;
  /** When it happened, ISO 8601. */
  timestamp: string;
  data: {
    run: string;
    dataset: string | null;
    step: number | null;
    steps: number | null;
    epoch: number | null;
    epochs: number | null;
    /** Nats. */
    loss: number | null;
    /** Training errors, 0 … 1. */
    top1Error: number | null;
    top5Error: number | null;
    /** The epoch is counted from 1. */
    validation: { epoch: number; loss: number; top1Error: number; top5Error: number } | null;
    endedEarly: 'earlyStop' | 'plateau' | null;
    checkpoint: string | null;
    error: { code: string; message: string } | null;
  };
}

/** The start or resumption of a run that events are about. */
export interface NotifiedJob {
  run: string;
  /** Where notifications go, instead of the default of the process. */
  notify?: string | undefined;
  /** Milliseconds since 1970: the same for every trainer that takes the job. */
  queuedAt: number;
}

export interface Happening {
  type: NotificationType;
  /** Tells events of the same type and job apart, e.g. the time when a wait began. */
  occurrence?: number;
  /** What a trainer last said of the run. */
  progress: unknown;
  dataset?: string | null;
  endedEarly?: 'earlyStop' | 'plateau' | null;
  error?: AlexnetError;
}

/** @param at milliseconds since 1970 */
export function makeEvent(
  { run, queuedAt }: NotifiedJob,
  happening: Happening,
  at: number,
): NotificationEvent {
  const { type, occurrence = 0, dataset = null, endedEarly = null, error } = happening;
  const said = RunProgress.safeParse(happening.progress).data;
  const validation = said?.validation ?? null;
  return {
    version: 1,
    id: eventId(run, queuedAt, type, occurrence),
    type,
    timestamp: new Date(at).toISOString(),
    data: {
      run,
      dataset,
      step: said?.step ?? null,
      steps: said?.steps ?? null,
      epoch: said?.epoch ?? null,
      epochs: said?.epochs ?? null,
      loss: said?.loss ?? null,
      top1Error: said?.top1Error ?? null,
      top5Error: said?.top5Error ?? null,
      validation: validation && { ...validation, epoch: validation.epoch + 1 },
      endedEarly,
      checkpoint: said?.checkpoint ?? null,
      error: error === undefined ? null : { code: error.code, message: clip(error.message) },
    },
  };
}

const ID_DIGITS = 32;

/** A function of what happened, so that a trainer that takes a run over makes the same id for the same end. */
function eventId(...what: (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(what)).digest('hex');
  return `msg_${digest.slice(0, ID_DIGITS)}`;
}

/** Of a message as JSON in JSON: with the longest address, names and numbers the job stays below 4 KB. */
const MOST_MESSAGE_BYTES = 1200;

function clip(message: string): string {
  const isShort = (text: string): boolean =>
    Buffer.byteLength(JSON.stringify(JSON.stringify(text))) <= MOST_MESSAGE_BYTES;
  if (isShort(message)) return message;
  let characters = Math.min(message.length, MOST_MESSAGE_BYTES);
  while (!isShort(`${message.slice(0, characters)}…`)) characters = Math.floor(characters * 0.9);
  return `${message.slice(0, characters)}…`;
}
