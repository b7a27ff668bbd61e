import { settlesWithin, untilAborted } from '@alexnet/core';

/** A signal reaches the processes of a group one after the other. */
const MOMENT_MS = 1_000;

/**
 * Whether this process is asked to stop, now or in a moment: for one whose child was ended by a signal, which may have been sent to both,
 * and reached the child first.
 */
export const isAskedToStop = async (signal: AbortSignal): Promise<boolean> =>
  signal.aborted || (await settlesWithin(untilAborted(signal), MOMENT_MS));
