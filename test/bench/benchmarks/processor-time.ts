import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Round } from '../benchmark.ts';

const TICK_US = 1e6 / 100;
/** Of the words after the name of the program: utime and stime, see proc(5). */
const [USER, KERNEL] = [11, 12];

/** Microseconds of processor time. */
interface ProcessorTime {
  user: number;
  kernel: number;
}

/** Processes by what they do, such as `workers`. */
export type Processes = Readonly<Record<string, readonly number[]>>;

/** Name of a figure: processor time of those who do one thing, for each image. */
export const timeOf = (who: string): string => `${who}: processor time per image, µs`;
const kernelTimeOf = (who: string): string => `${who}: of it in the kernel, µs`;
const NOT_USED = 'nobody: processor time per image, µs';

/**
 * Begins to measure the processor time of processes, and what is left of the cores.
 * @returns ends it, and gives the figures for so many images
 */
export async function watchProcessorTime(
  processes: Processes,
): Promise<(images: number) => Promise<NonNullable<Round['figures']>>> {
  const began = performance.now();
  const before = await timesOf(processes);
  return async (images) => {
    const after = await timesOf(processes);
    const wall = (performance.now() - began) * 1000 * availableParallelism();
    let used = 0;
    const figures: Record<string, number> = {};
    for (const [who, { user, kernel }] of Object.entries(after)) {
      const spent = { user: user - (before[who]?.user ?? 0), kernel: kernel - (before[who]?.kernel ?? 0) };
      used += spent.user + spent.kernel;
      figures[timeOf(who)] = (spent.user + spent.kernel) / images;
      figures[kernelTimeOf(who)] = spent.kernel / images;
    }
    return { ...figures, [NOT_USED]: (wall - used) / images };
  };
}

async function timesOf(processes: Processes): Promise<Record<string, ProcessorTime>> {
  const entries = Object.entries(processes).map(async ([who, pids]) => {
    const times = await Promise.all(pids.map(timeOfProcess));
    const sum = (of: keyof ProcessorTime): number => times.reduce((all, time) => all + time[of], 0);
    return [who, { user: sum('user'), kernel: sum('kernel') }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function timeOfProcess(pid: number): Promise<ProcessorTime> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(words[USER]) * TICK_US, kernel: Number(words[KERNEL]) * TICK_US };
}
