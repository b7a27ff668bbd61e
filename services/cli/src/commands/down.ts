import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { AlexnetError, messageOf } from '@alexnet/core';
import { isLocked } from '@alexnet/local';
import { action, type CommandContext } from '../command.ts';
import { readStackFile, stackLock } from '../stack/stack-file.ts';
import { findStateFolder } from '../stack/state-folder.ts';
import { whileWaiting } from '../ui/waiting.ts';

const LOOK_EVERY_MS = 100;
/** Longer than a stack takes to stop, which kills what does not end by itself. */
const MOST_MS = 45_000;

export function register(command: Command): void {
  action<[], object>(command, 'down', down);
}

/** Asks the process that runs the stack to stop, as Ctrl-C there does, and waits until it has. */
async function down(context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const folder = findStateFolder();
  const stack = readStackFile(folder);
  if (stack === undefined) {
    output.result({ folder, stopped: false }, `No stack runs out of ${folder}.`);
    return;
  }
  terminate(stack.pid);
  const stopped = await whileWaiting(output, async (say) => {
    say('waiting for the trainer to write a checkpoint, and for the other processes to end');
    const start = performance.now();
    while (isLocked(stackLock(folder)) && performance.now() - start < MOST_MS) {
      signal.throwIfAborted();
      await sleep(LOOK_EVERY_MS);
    }
    return !isLocked(stackLock(folder));
  });
  if (!stopped) throw stillRuns(folder, stack.pid);
  output.result({ folder, pid: stack.pid, stopped: true }, `The stack of ${folder} is stopped.`);
}

/** @throws PERMISSION_DENIED for a process of another user */
function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (cause) {
    // It has just ended by itself.
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new AlexnetError('PERMISSION_DENIED', {
      expected: `to be allowed to stop the process ${pid}, which runs the stack`,
      actual: messageOf(cause),
      remedy: 'Stop it as the user who started it.',
      cause,
    });
  }
}

const stillRuns = (folder: string, pid: number): AlexnetError =>
  new AlexnetError('PROCESS_FAILED', {
    expected: `the stack of ${folder} to stop within ${MOST_MS / 1000} s`,
    actual: `processes of it still run; the first one was ${pid}`,
    remedy: 'Look at its logs with `alexnet logs`, and run `alexnet down` again.',
  });
