import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { firstToSucceed, settlesWithin, shutdownSignal, untilAborted, untilStopped } from './stopping.ts';

const STOPPING = pathToFileURL(createRequire(import.meta.url).resolve('../dist/stopping.js')).href;
/** Says that it is ready, and why it was asked to stop; ends when a line is written to it. */
const PROGRAM = `
  import { shutdownSignal, untilAborted } from '${STOPPING}';
  const signal = shutdownSignal();
  process.stdin.once('data', () => process.exit(0));
  console.log('ready');
  await untilAborted(signal);
  console.log(signal.reason.actual);
`;

const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach((child) => child.kill('SIGKILL')));

interface Program {
  child: ChildProcess;
  said: () => string[];
}

async function start(stdio: 'pipe' | 'ipc' = 'pipe'): Promise<Program> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit', stdio],
  });
  started.push(child);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const said = (): string[] => text.split('\n').filter((line) => line !== '');
  await expect.poll(said, { timeout: 20_000 }).toEqual(['ready']);
  return { child, said };
}

async function endOf({ child }: Program): Promise<unknown[]> {
  child.stdin?.write('end\n');
  return (await once(child, 'exit')) as unknown[];
}

describe('shutdownSignal', () => {
  it('says that a command was interrupted, and by what', async () => {
    const signal = shutdownSignal();
    expect(signal.aborted).toBe(false);
    const waiting = untilAborted(signal);
    process.emit('SIGTERM', 'SIGTERM');
    await waiting;
    await untilAborted(signal);
    expect(signal.reason).toMatchObject({ code: 'INTERRUPTED', actual: 'SIGTERM' });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'takes %s and what follows for one request',
    async (first) => {
      const program = await start();
      program.child.kill(first);
      await expect.poll(program.said).toEqual(['ready', first]);
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGTERM', 'SIGINT'] as const)
        program.child.kill(signal);
      expect(await endOf(program)).toEqual([0, null]);
    },
  );

  it('ends at once when SIGINT comes again on purpose, two seconds later', async () => {
    const program = await start();
    const ended = once(program.child, 'exit');
    const again = setInterval(() => program.child.kill('SIGINT'), 100);
    expect(await ended).toEqual([130, null]);
    clearInterval(again);
  });

  it('takes the end of its parent for a request, where the parent has a channel to it', async () => {
    const program = await start('ipc');
    program.child.disconnect();
    await expect.poll(program.said).toEqual(['ready', 'the end of its parent process']);
    program.child.kill('SIGTERM');
    expect(await endOf(program)).toEqual([0, null]);
  });
});

describe('untilStopped', () => {
  it('is what it waits for, also where that comes shortly after the request', async () => {
    const stopping = new AbortController();
    expect(await untilStopped(Promise.resolve(1), stopping.signal)).toBe(1);
    let finish = (_: number): void => undefined;
    const work = untilStopped(new Promise<number>((resolve) => (finish = resolve)), stopping.signal, 60_000);
    stopping.abort(new Error('stop'));
    finish(2);
    expect(await work).toBe(2);
  });

  it('gives up what hangs, with the reason of the request', async () => {
    const hanging = new Promise<never>(() => undefined);
    await expect(untilStopped(hanging, AbortSignal.abort(new Error('stop')), 10)).rejects.toThrow('stop');
  });
});

describe('settlesWithin', () => {
  it('says whether a promise settles in time, and throws what it rejects with', async () => {
    expect(await settlesWithin(Promise.resolve(1), 1_000)).toBe(true);
    expect(await settlesWithin(new Promise(() => undefined), 10)).toBe(false);
    await expect(settlesWithin(Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no');
  });

  it('does not let a later rejection end the process', async () => {
    let fail = (): void => undefined;
    const late = new Promise((_, reject) => (fail = () => reject(new Error('late'))));
    expect(await settlesWithin(late, 10)).toBe(false);
    fail();
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

describe('firstToSucceed', () => {
  const failing = (text: string): Promise<never> => Promise.reject(new Error(text));

  it('is the first that succeeds, whatever fails before', async () => {
    expect(await firstToSucceed([failing('no'), Promise.resolve(2), new Promise(() => undefined)])).toBe(2);
  });

  it('fails with the first error where all fail', async () => {
    await expect(firstToSucceed([failing('one'), failing('two')])).rejects.toThrow('one');
  });
});
