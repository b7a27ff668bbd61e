import { fileURLToPath } from 'node:url';
import { AlexnetError } from '@alexnet/core';
import { parityPython } from '../support/parity.ts';
import { run } from '../support/run.ts';

/** As {@link parityPython}, or undefined, and said so, where the machine has no Python that fits. */
export async function pythonOrSkip(what: string): Promise<string | undefined> {
  try {
    return await parityPython();
  } catch (error) {
    if (!(error instanceof AlexnetError) || error.code !== 'PYTHON_MISSING') throw error;
    console.warn(`skipped: ${what}; ${error.message}`);
    return undefined;
  }
}

/** What a program of this folder prints as JSON. @throws Error with its last words where it fails */
export async function askPython(python: string, program: string, ...args: string[]): Promise<unknown> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const { status, stdout, tail } = await run(python, [file, ...args]);
  if (status !== 0) throw new Error(`${program} ended with ${status}:\n${tail}`);
  return JSON.parse(stdout);
}
