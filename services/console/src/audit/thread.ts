/** The thread that audits runs. */
import { sendError, type Config } from '@alexnet/core';
import { auditRun, openConfiguredStore, type Audit } from '@alexnet/pipeline';
import { workerData } from 'piscina';
import type { ThreadAnswer } from '../threads/lazy-thread.ts';

const store = openConfiguredStore(workerData as Config);

export default async function answer(run: string): Promise<ThreadAnswer<Audit>> {
  try {
    return { value: await auditRun(store, run) };
  } catch (error) {
    return { error: sendError(error) };
  }
}
