import { toAlexnetError } from '@alexnet/core';

/** Runs the main function of a program, which returns its exit code; an error is said on stderr, and its code is taken. */
export async function setExitCode(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    const { code, message, exitCode } = toAlexnetError(error);
    console.error(`${code}: ${message}`);
    process.exitCode = exitCode;
  }
}
