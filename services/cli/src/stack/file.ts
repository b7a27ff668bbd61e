import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** `.alexnet/stack.json`: how other commands reach the local stack. It holds passwords: its mode is 0600. */
const StackFile = z.strictObject({ pid: z.number().int(), environment: z.record(z.string(), z.string()) });
type StackFile = z.infer<typeof StackFile>;

export const STATE_FOLDER = '.alexnet';
const fileIn = (folder: string): string => path.join(folder, 'stack.json');

export function writeStackFile(folder: string, environment: Record<string, string>): void {
  mkdirSync(folder, { recursive: true });
  const file = fileIn(folder);
  rmSync(file, { force: true });
  const content: StackFile = { pid: process.pid, environment };
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}

export function removeStackFile(folder: string): void {
  rmSync(fileIn(folder), { force: true });
}

/** The stack that runs out of this folder, or undefined: also where the file is left from one that is gone. */
export function readStackFile(folder: string): StackFile | undefined {
  const file = fileIn(folder);
  if (!existsSync(file)) return undefined;
  const parsed = StackFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
