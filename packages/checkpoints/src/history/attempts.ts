import * as z from 'zod';
import type { AlexnetError } from '@alexnet/core';
import { checkedJson, type ObjectStore } from '@alexnet/storage';
import { parseObject } from '../files.ts';
import { isDamage } from '../objects.ts';

const whole = z.number().int().nonnegative();

/** How a trainer's work on a run ended. */
export const Outcome = z.enum(['done', 'stopped', 'returned', 'lost', 'fenced', 'failed']);
export type Outcome = z.infer<typeof Outcome>;

/**
 * One trainer's work on a run, from its claim on. Unlike steps and training events, it is not rolled back: what a killed
 * trainer did is lost, but that it was there is not.
 */
export const Attempt = z.strictObject({
  version: z.literal(1),
  run: z.string(),
  /** The fencing token of the claim. Every attempt has a higher one than those before. */
  fence: whole,
  host: z.string(),
  pid: whole,
  device: z.enum(['cpu', 'gpu']),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** Updates that the run had made, and the checkpoint that they were restored from. */
  step: whole,
  checkpoint: z.string().nullable(),
  /** Null while the trainer works, and for ever where it died. */
  end: z
    .strictObject({
      at: z.number(),
      step: whole,
      outcome: Outcome,
      /** Why it failed. */
      error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    })
    .nullable(),
});
export type Attempt = z.infer<typeof Attempt>;

const prefixOf = (run: string): string => `runs/${run}/history/attempt-`;
const keyOf = (run: string, fence: number): string =>
  `${prefixOf(run)}${String(fence).padStart(8, '0')}.json`;

/** Writes an attempt, or its end over its beginning: nobody else has its fencing token. */
export async function writeAttempt(store: ObjectStore, attempt: Attempt): Promise<void> {
  await store.put(keyOf(attempt.run, attempt.fence), checkedJson(attempt));
}

/** Every attempt at a run, from the first to the last, and what is wrong with those that are damaged. */
export async function readAttempts(
  store: ObjectStore,
  run: string,
): Promise<{ attempts: Attempt[]; damaged: AlexnetError[] }> {
  const [attempts, damaged]: [Attempt[], AlexnetError[]] = [[], []];
  for await (const { key } of store.list(prefixOf(run))) {
    const object = await store.getWithEtag(key);
    if (object === undefined) continue;
    try {
      attempts.push(parseObject(Attempt, object.body, key));
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.push(error);
    }
  }
  return { attempts: attempts.sort((a, b) => a.fence - b.fence), damaged };
}
