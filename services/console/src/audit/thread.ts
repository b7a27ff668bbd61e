/** The thread that audits runs. */
import type { Config } from '@alexnet/core';
import { auditRun, openConfiguredStore } from '@alexnet/pipeline';
import { workerData } from 'piscina';
import { answering } from '../threads/answering.ts';

const store = openConfiguredStore(workerData as Config);

export default answering((run: string) => auditRun(store, run));
