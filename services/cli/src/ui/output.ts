import pc from 'picocolors';
import { ERRORS, type AlexnetError } from '@alexnet/core';

/** Where a command's words go: results to stdout, everything on the way to stderr. */
export interface Output {
  readonly json: boolean;
  /** For progress: a terminal redraws its last line. */
  readonly progress: NodeJS.WriteStream;
  /** A line on the way. */
  readonly note: (line: string) => void;
  /** The result: as one JSON document, or as text for a person. */
  result(json: unknown, text: string): void;
}

/** Whether stdout has its one document: of a result that is bad, the error is told on stderr alone. */
let answered = false;

export function createOutput(json: boolean): Output {
  return {
    json,
    progress: process.stderr,
    note: (line) => process.stderr.write(`${line}\n`),
    result(value, text) {
      answered = true;
      process.stdout.write(json ? `${JSON.stringify(value, undefined, 2)}\n` : `${text}\n`);
    },
  };
}

/** An error for a person: its code, what was expected, what came, what to do. On stdout as JSON where that is asked and no result is there. */
export function printError(error: AlexnetError, json: boolean): void {
  if (json && !answered) process.stdout.write(`${JSON.stringify({ error: error.toJSON() }, undefined, 2)}\n`);
  const lines = [
    `${pc.red(pc.bold(error.code))}  ${ERRORS[error.code].summary}`,
    `  ${pc.dim('expected')}  ${error.expected}`,
    `  ${pc.dim('got     ')}  ${error.actual}`,
    `  ${pc.dim('do      ')}  ${error.remedy}`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}
