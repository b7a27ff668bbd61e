import { setFlagsFromString } from 'node:v8';
import { toAlexnetError } from './errors.ts';

/**
 * Runs a program to its end: it exits with code 0, or with that of the error, which is said on stderr. It exits even
 * where a library keeps a thread or a socket open.
 *
 * V8 would drop the compiled code of what has not run for a few garbage collections: after each pause a service would
 * work at three quarters of its speed for seconds. This one keeps it.
 */
export function runProgram(main: () => Promise<void>): void {
  setFlagsFromString('--no-flush-bytecode');
  main().then(
    () => process.exit(0),
    (thrown: unknown) => {
      const { code, message, exitCode } = toAlexnetError(thrown);
      process.stderr.write(`${code}: ${message}\n`, () => process.exit(exitCode));
    },
  );
}
