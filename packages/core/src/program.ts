import { toAlexnetError } from './errors.ts';

/**
 * Runs a program to its end: it exits with code 0, or with that of the error, which is said on stderr. It exits even
 * where a library keeps a thread or a socket open.
 */
export function runProgram(main: () => Promise<void>): void {
  main().then(
    () => process.exit(0),
    (thrown: unknown) => {
      const { code, message, exitCode } = toAlexnetError(thrown);
      process.stderr.write(`${code}: ${message}\n`, () => process.exit(exitCode));
    },
  );
}
