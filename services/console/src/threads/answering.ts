import { sendError } from '@alexnet/core';
import type { ThreadAnswer } from './lazy-thread.ts';

/** The function of a thread: what `work` throws is a part of the answer. */
export const answering =
  <Request, Value>(work: (request: Request) => Promise<Value>) =>
  async (request: Request): Promise<ThreadAnswer<Value>> => {
    try {
      return { value: await work(request) };
    } catch (error) {
      return { error: sendError(error) };
    }
  };
