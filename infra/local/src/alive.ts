import { readFileSync } from 'node:fs';

/** Whether a process runs, of any user. One that has ended stays a zombie until its parent asks for it: it does not run. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // It has ended meanwhile, or the system has no /proc.
    return process.platform !== 'linux';
  }
}
