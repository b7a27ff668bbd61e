import { openConfiguredStore } from '@alexnet/pipeline';
import { findPipeline } from './config.ts';

/** A shell waits for its completions at every press of Tab. */
const MOST_MS = 1_000;

export interface StoredNames {
  datasets: string[];
  runs: string[];
}

/** Names of the datasets and runs in the store of this folder; none where the store cannot be read within a second. */
export async function readStoredNames(): Promise<StoredNames> {
  const none: StoredNames = { datasets: [], runs: [] };
  const late = new Promise<StoredNames>((resolve) => setTimeout(resolve, MOST_MS, none).unref());
  return await Promise.race([readNames().catch(() => none), late]);
}

async function readNames(): Promise<StoredNames> {
  const { config } = findPipeline(process.env, () => undefined);
  const store = openConfiguredStore(config);
  const [datasets, runs] = await Promise.all([store.folders('datasets/'), store.folders('runs/')]);
  return { datasets: [...datasets].sort(), runs: [...runs].sort() };
}
