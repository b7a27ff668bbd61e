import type { Child } from '../child.ts';
import type { Contender, OpenBenchmark } from '../benchmark.ts';

export interface Candidate {
  name: string;
  role: Contender['role'];
  start: () => Promise<Child>;
}

/** Starts contenders one after the other: each warms up as it starts. */
export async function openContenders(candidates: readonly Candidate[]): Promise<OpenBenchmark> {
  const children: Child[] = [];
  const contenders: Contender[] = [];
  for (const { name, role, start } of candidates) {
    const child = await start();
    children.push(child);
    contenders.push({ name, role, measure: () => child.measure() });
  }
  return {
    contenders,
    close: async () => {
      await Promise.all(children.map((child) => child.close()));
    },
  };
}
