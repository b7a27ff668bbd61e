import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const node = (script: string, signal?: AbortSignal) =>
  runCommand(process.execPath, ['-e', script], { signal });

describe('runCommand', () => {
  it('returns what a program printed', async () => {
    const outcome = await node("console.log('out'); console.error('err')");
    expect(outcome).toMatchObject({ status: 0, missing: false, stdout: 'out\n' });
    expect(outcome.tail.split('\n').sort()).toEqual(['err', 'out']);
  });

  it('says how a program failed, with its last lines', async () => {
    const outcome = await node(
      "for (let i = 0; i < 100; i++) console.error('line ' + i); process.exitCode = 3",
    );
    expect(outcome).toMatchObject({ status: 3, missing: false });
    expect(outcome.tail).toMatch(/^line 92\n[^]*\nline 99$/);
    expect(await node("process.kill(process.pid, 'SIGKILL')")).toMatchObject({ status: -1, missing: false });
  });

  it('tells a program that is not there from one that fails', async () => {
    expect(await runCommand('alexnet-no-such-program', [])).toMatchObject({ status: -1, missing: true });
  });

  it('ends a program when it is interrupted', async () => {
    const interruption = new AbortController();
    const running = runCommand('sleep', ['1000'], { signal: interruption.signal });
    interruption.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
  });
});
