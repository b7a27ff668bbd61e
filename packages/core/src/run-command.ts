import { spawn } from 'node:child_process';

export interface CommandOutcome {
  /** 0 where it succeeded; -1 where the program could not be started or was ended by a signal. */
  status: number;
  /** Whether there is no such program. */
  missing: boolean;
  stdout: string;
  /** Its last lines on either stream, for an error message. */
  tail: string;
}

export interface CommandOptions {
  cwd?: string | undefined;
  env?: NodeJS.ProcessEnv;
  /** Ends the program. */
  signal?: AbortSignal | undefined;
}

const TAIL_LINES = 8;
const TAIL_CHARACTERS = 2_000;

/** Runs a program to its end, without input. What goes wrong is in the outcome. @throws the reason of `signal` */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  const outcome = await new Promise<CommandOutcome>((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let both = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      both += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (both += text));
    child.on('error', (error) => {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      resolve({ status: -1, missing, stdout, tail: error.message });
    });
    child.on('close', (status) =>
      resolve({ status: status ?? -1, missing: false, stdout, tail: lastLines(both) }),
    );
  });
  options.signal?.throwIfAborted();
  return outcome;
}

const lastLines = (text: string): string =>
  text.trim().split('\n').slice(-TAIL_LINES).join('\n').slice(-TAIL_CHARACTERS);
