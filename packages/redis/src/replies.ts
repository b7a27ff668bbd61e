import type { ChainableCommander } from 'ioredis';

/**
 * Sends the commands of a pipeline.
 * @throws the first error among the replies
 */
export async function replies(pipeline: ChainableCommander): Promise<unknown[]> {
  const results = (await pipeline.exec()) ?? [];
  return results.map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
