/**
 * Stands between a parent and a program: `node guard.js ORDERS`. When the parent asks, or is gone (which closes the channel
 * between the two, also on SIGKILL), the program gets SIGTERM, and SIGKILL after `killAfterMs`. Reports the program's pid,
 * its messages and its exit, or why it did not start. Keeps its log bounded.
 */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardOrders, GuardReport } from './guard-orders.ts';
import { isLocked } from './lock.ts';
import { rotateLog } from './log-file.ts';

/** Of the guard itself: stdin, stdout, stderr and the channel. */
const FIRST_INHERITED = 4;
const LOOK_AT_LOG_MS = 2_000;
const LOOK_AT_LOCK_MS = 100;
/** Longer than any service is granted to stop. */
const OUTLIVE_MS = 35_000;

const orders = JSON.parse(process.argv[2] ?? '') as GuardOrders;
const inherited = Array.from({ length: orders.inherited }, (_, index) => FIRST_INHERITED + index);
const child = spawn(orders.command, orders.args, {
  stdio: ['ignore', 'inherit', 'inherit', orders.channel ? 'ipc' : 'ignore', ...inherited],
});
// The lock goes with the program alone.
inherited.forEach(closeSync);
let stopping = false;

function stop(): void {
  if (stopping) return;
  stopping = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), orders.killAfterMs);
}

async function stopAlone(): Promise<void> {
  const { outlives } = orders;
  const end = performance.now() + OUTLIVE_MS;
  while (outlives !== undefined && !stopping && isLocked(outlives) && performance.now() < end) {
    await sleep(LOOK_AT_LOCK_MS);
  }
  stop();
}

function report(message: GuardReport, then: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, then);
  else then();
}

child.on('spawn', () => report({ pid: child.pid ?? 0 }));
child.on('message', (said) => report({ said }));
child.on('error', (error) => report({ error: error.message }, () => process.exit(1)));
// All messages of the program are here when its channel is closed.
child.on('close', (code, signal) => report({ code, signal }, () => process.exit(0)));
process.on('message', stop);
process.on('disconnect', () => void stopAlone());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
if (!process.connected) void stopAlone();
setInterval(() => rotateLog(orders.logFile, orders.maxLogBytes), LOOK_AT_LOG_MS).unref();
