import { createInterface } from 'node:readline/promises';
import { AlexnetError } from '@alexnet/core';
import type { Output } from './output.ts';

/**
 * Asks a yes-or-no question on the terminal; no is the default.
 * @throws USAGE where there is no terminal to ask on
 */
export async function confirm(question: string, output: Output, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY || output.json) {
    throw new AlexnetError('USAGE', {
      expected: 'a terminal to ask on, or --yes',
      actual: output.json ? '--json' : 'no terminal',
      remedy: 'Add --yes to go on without a question, or --dry-run to see what would be done.',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: output.progress });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
