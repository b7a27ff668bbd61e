import type { Batch } from '@alexnet/batches';
import { endWith, type Span } from '@alexnet/telemetry';

/** Does what a batch was made for, as a part of its trace, which ends with that. */
export async function inBatchTrace<T>(
  { trace }: Pick<Batch, 'trace'>,
  name: string,
  attributes: Parameters<Span['set']>[0],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await endWith(trace.child(name, attributes), work);
  } finally {
    trace.end();
  }
}
