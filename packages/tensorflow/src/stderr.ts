import { fstatSync, readSync, writeSync } from 'node:fs';
import { libc } from './libc.ts';

const STDERR = 2;
/** Information of TensorFlow, and where it is written to. */
const NOTICE = /^(I\d{4} |WARNING: All log messages before absl)/;

/**
 * What was written to stderr while `work` ran, by native code too, instead of writing it. JSON lines are this program's
 * own log, from other threads: they are written afterwards.
 */
export function captureStderr(work: () => void): { said: string; error: unknown } {
  // Not closed by Node, which did not open them and would say so.
  const { dup, dup2, close, memoryFile } = libc();
  const real = dup(STDERR);
  const file = memoryFile('stderr', 0);
  let error: unknown;
  dup2(file, STDERR);
  try {
    work();
  } catch (thrown) {
    error = thrown;
  } finally {
    dup2(real, STDERR);
    close(real);
  }
  const lines = readAll(file).split('\n');
  close(file);
  const isLog = (line: string): boolean => line.startsWith('{');
  for (const line of lines.filter(isLog)) writeSync(STDERR, `${line}\n`);
  const said = lines.filter((line) => !isLog(line) && !NOTICE.test(line));
  return { said: said.join('\n').trim(), error };
}

function readAll(file: number): string {
  const bytes = Buffer.alloc(fstatSync(file).size);
  readSync(file, bytes, 0, bytes.length, 0);
  return bytes.toString();
}
