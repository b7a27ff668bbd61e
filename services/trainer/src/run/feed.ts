import { BatchFeed, type BatchReference } from '@alexnet/batches';
import type { TrainerContext } from './context.ts';
import { orAborted, within } from './waiting.ts';

/** For taking back what was asked for and not consumed, without which it goes with its leases. */
const CLOSE_MS = 3_000;

/**
 * Opens a feed, but waits for a Redis that is away no longer than the signal lets it.
 * @throws the signal's reason
 */
export async function openFeed(
  { pipeline: { queues, slices, config } }: Pick<TrainerContext, 'pipeline'>,
  run: string,
  references: Iterator<BatchReference>,
  signal: AbortSignal,
): Promise<BatchFeed> {
  const { windowBytes } = config;
  const opening = BatchFeed.open({ queues, slices, run, references, windowBytes, signal });
  try {
    return await orAborted(opening, signal);
  } catch (error) {
    // Where it opens after all, nobody uses it.
    opening.then((feed) => feed.close()).catch(() => undefined);
    throw error;
  }
}

/** Closes a feed, and leaves the rest to the leases where Redis does not answer. */
export async function closeFeed(
  { log }: Pick<TrainerContext, 'log'>,
  feed: BatchFeed,
  run: string,
): Promise<void> {
  const closing = feed.close();
  closing.catch((error: unknown) => log.warn({ run, error }, 'could not take back slices'));
  if (!(await within(closing, CLOSE_MS)))
    log.warn({ run }, 'Redis does not take back slices; their leases end');
}
