import { spawn } from 'node:child_process';

export interface Outcome {
  /** 0 when it worked; -1 when the program could not be started or was ended by a signal. */
  status: number;
  stdout: string;
  /** Its last lines on either stream, for an error message. */
  tail: string;
}

const TAIL_LINES = 8;

/** Runs a program to its end. Never throws: what went wrong is in the outcome. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let both = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      both += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (both += text));
    child.on('error', (error) => resolve({ status: -1, stdout, tail: error.message }));
    child.on('close', (status) =>
      resolve({ status: status ?? -1, stdout, tail: both.trim().split('\n').slice(-TAIL_LINES).join('\n') }),
    );
  });
}
