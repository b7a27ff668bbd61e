import { execFile } from 'node:child_process';

export interface Outcome {
  /** 0 when it worked; -1 when the program could not be started or was ended by a signal. */
  status: number;
  stdout: string;
  /** Its last lines on either stream, for an error message. */
  tail: string;
}

const TAIL_LINES = 8;

/** Runs a program to its end. Never throws: what went wrong is in the outcome. */
export function run(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 64 * 1024 ** 2 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      const said = `${stdout}${stderr}`.trim() || (error?.message ?? '');
      resolve({ status, stdout, tail: said.split('\n').slice(-TAIL_LINES).join('\n') });
    });
  });
}
