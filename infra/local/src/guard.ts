/**
 * Stands between a parent and a program: `node guard.js KILL_AFTER_MS COMMAND ARGS…`. When the parent asks, or is
 * gone (which closes the channel between the two, also on SIGKILL), the program gets SIGTERM, and SIGKILL after
 * KILL_AFTER_MS. Reports the program's pid, its exit, or why it did not start.
 */
import { spawn } from 'node:child_process';

const [killAfterMs, command, ...args] = process.argv.slice(2);
const child = spawn(command ?? '', args, { stdio: ['ignore', 'inherit', 'inherit'] });
let stopping = false;

function stop(): void {
  if (stopping) return;
  stopping = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), Number(killAfterMs));
}

function report(message: object, then: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, then);
  else then();
}

child.on('spawn', () => report({ pid: child.pid }));
child.on('error', (error) => report({ error: error.message }, () => process.exit(1)));
child.on('exit', (code, signal) => report({ code, signal }, () => process.exit(0)));
process.on('message', stop);
process.on('disconnect', stop);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
if (!process.connected) stop();
