import { readFile } from 'node:fs/promises';
import * as z from 'zod';

const Line = z.object({ time: z.string() });

/** Whether a service logged a word since a moment, in milliseconds of the epoch. */
export async function hasSaid(logFile: string, word: string, since: number): Promise<boolean> {
  const text = await readFile(logFile, 'utf8');
  return text.split('\n').some((line) => line.includes(word) && timeOf(line) >= since);
}

/** Native libraries print lines of their own. */
function timeOf(line: string): number {
  try {
    return Date.parse(Line.parse(JSON.parse(line)).time);
  } catch {
    return 0;
  }
}
