import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstAborted, onAbort } from '@alexnet/core';
import { isLocked, takeLock } from '@alexnet/local';
import type { CommandContext } from '../command.ts';
import { accessTo } from '../config.ts';
import { whileWaiting } from '../ui/waiting.ts';
import { loginLink } from './console.ts';
import { readStackFile, stackLock, type StackFile } from './stack-file.ts';
import { startStack, type Stack, type StackOptions } from './stack.ts';

/** Time that a command which runs a stack has to stop it. */
export const STACK_STOP_MS = 29_500;

const LOOK_EVERY_MS = 200;
/** What a stack of its own does not look at. */
const IGNORED = ['REDIS_URL', 'BATCH_REDIS_URL', 'STORAGE_URL'];

/** Starts a stack for a command, and says what that waits for. Throws like {@link startStack}. */
export async function startStackHere(
  { config, environment, output, signal }: CommandContext,
  options: Pick<StackOptions, 'holder' | 'folder' | 'workers' | 's3' | 'device' | 'console'>,
): Promise<Stack> {
  const set = IGNORED.filter((name) => (environment[name] ?? '') !== '');
  const stack = await whileWaiting(output, (say) =>
    startStack({ ...options, config, environment, signal, note: output.note, say }),
  );
  if (set.length > 0)
    output.note(`this stack has its own ${set.join(', ')}; those of the shell are not used`);
  return stack;
}

/**
 * Runs a command with the stack of its folder: with the one that runs already, or with one of its own, which ends with it.
 * One such command at a time: the stack of another one would go when that ends.
 * @throws STACK_RUNNING for a second command of the kind; what {@link startStack} throws; what its processes failed with
 */
export async function withStack(
  context: CommandContext,
  options: Pick<StackOptions, 'holder' | 'folder' | 'workers' | 's3' | 'device' | 'console'>,
  prepare: () => Promise<void>,
  run: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const { folder, holder } = options;
  const lock = await takeLock(path.join(folder, 'demo.lock'), { holder, signal: context.signal });
  try {
    await prepare();
    const running = await findStack(context, folder);
    if (running === undefined) await withOwnStack(context, options, run);
    else await run({ ...context, ...accessTo(context.environment, running.environment) });
  } finally {
    lock.release();
  }
}

async function withOwnStack(
  context: CommandContext,
  options: Parameters<typeof startStackHere>[1],
  run: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const { workers } = options;
  context.output.note(`starting Redis, the object store, ${workers} workers and a trainer`);
  const stack = await startStackHere(context, options);
  if (stack.console !== undefined) context.output.note(`watch it at ${loginLink(stack.console)}`);
  const signal = firstAborted(context.signal, stack.failure);
  onAbort(signal, () => void stack.close());
  try {
    await run({ ...context, ...accessTo(context.environment, stack.environment), signal });
  } finally {
    context.output.note('stopping the pipeline');
    await stack.close();
  }
}

/** The stack that runs out of a folder. Where one is just starting or stopping, waits until it runs or is gone. */
function findStack({ output, signal }: CommandContext, folder: string): Promise<StackFile | undefined> {
  return whileWaiting(output, async (say) => {
    for (let waited = false; ; waited = true) {
      signal.throwIfAborted();
      const running = readStackFile(folder);
      if (running !== undefined) return running;
      if (!isLocked(stackLock(folder))) return undefined;
      if (!waited) say('waiting for the stack of this folder, which is starting or stopping');
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  });
}
