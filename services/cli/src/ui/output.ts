import { once } from 'node:events';
import pc from 'picocolors';
import { AlexnetError, ERRORS, messageOf } from '@alexnet/core';
import { facts, terminalWidth, toWidth } from './format.ts';

/** Where a command's words go: results to stdout, everything on the way to stderr. */
export interface Output {
  readonly json: boolean;
  /** For progress: a terminal redraws its last line. */
  readonly progress: NodeJS.WriteStream;
  /** A line on the way. */
  readonly note: (line: string) => void;
  /** The result: as one JSON document, or as text for a person. */
  result(json: unknown, text: string): void;
  /**
   * Writes a part of a result that comes bit by bit, and waits where its reader is slow.
   * @returns false once nobody reads any more
   */
  part(text: string): Promise<boolean>;
}

/** Whether stdout has its one document: of a result that is bad, the error is told on stderr alone. */
let answered = false;

export function createOutput(json: boolean): Output {
  const { stdout } = process;
  let isRead = true;
  stdout.on('error', () => (isRead = false));
  return {
    json,
    progress: process.stderr,
    note: (line) => process.stderr.write(`${toWidth(line, process.stderr)}\n`),
    result(value, text) {
      answered = true;
      stdout.write(json ? `${JSON.stringify(value, undefined, 2)}\n` : `${toWidth(text, stdout)}\n`);
    },
    async part(text) {
      // An error, such as that of a closed pipe, ends the wait too.
      if (isRead && !stdout.write(text)) await once(stdout, 'drain').catch(() => undefined);
      return isRead;
    },
  };
}

/**
 * Prints an error for a person: its code, what was expected, what came, what to do, and what caused it. For INTERNAL, which
 * is a bug, the stack trace follows. With `json` the error is on stdout too, unless a result is there already.
 */
export function printError(error: AlexnetError, json: boolean): void {
  if (json && !answered) process.stdout.write(`${JSON.stringify({ error: error.toJSON() }, undefined, 2)}\n`);
  process.stderr.write(`${toWidth(describeError(error), process.stderr)}\n`);
}

/** What was expected, what came, what caused it and what to do, by what each is called. */
export function errorDetails(error: AlexnetError): [string, string][] {
  const because = causesOf(error);
  return [
    ['expected', error.expected],
    ['got', error.actual],
    ...(because === '' ? [] : [['because', because] as [string, string]]),
    ['do', error.remedy],
  ];
}

/** The lines of {@link printError}. */
export function describeError(error: AlexnetError): string {
  return [
    `${pc.red(pc.bold(error.code))}  ${ERRORS[error.code].summary}`,
    facts(errorDetails(error), terminalWidth(process.stderr)),
    ...(error.code === 'INTERNAL' ? ['', pc.dim(stackOf(error))] : []),
  ].join('\n');
}

/** Characters of the causes that are shown. */
const CAUSES_LIMIT = 300;
/** Causes of causes that are shown. */
const MOST_CAUSES = 4;

/** The messages of the causes, where they say more than the error itself. */
function causesOf(error: AlexnetError): string {
  const messages: string[] = [];
  let cause = error.cause;
  for (let depth = 0; cause instanceof Error && depth < MOST_CAUSES; depth++) {
    const text = cause instanceof AlexnetError ? cause.actual : messageOf(cause);
    const [line = ''] = text.split('\n');
    if (line !== '' && ![error.actual, ...messages].some((said) => said.includes(line))) messages.push(line);
    cause = cause.cause;
  }
  return messages.join(': ').slice(0, CAUSES_LIMIT);
}

/** Where a bug is: the stack of what was thrown, not of the error that it was turned into. */
const stackOf = ({ stack, cause }: AlexnetError): string =>
  (cause instanceof Error ? cause.stack : stack) ?? 'no stack trace';
