import { periodicYield } from '@alexnet/core';
import { formatProblem } from '../format-problem.ts';
import type { Ranges } from '../ranges.ts';

const PIECE_BYTES = 1024 ** 2;
/** Of a list that a person would still edit: ImageNet's has 60 MB. */
const LIST_LIMIT = 4 * 1024 ** 3;
export const LINE_LIMIT = 1024 ** 2;
const NEWLINE = 0x0a;

/** Whole lines of a text, with the number of the first, from 1. */
export interface Piece {
  text: string;
  line: number;
}

/**
 * A text in UTF-8 by the piece, without its byte order mark.
 * @throws FORMAT_INVALID for another encoding, a line of more than {@link LINE_LIMIT} bytes, a list of more than 4 GiB
 */
export async function* readPieces(ranges: Ranges): AsyncGenerator<Piece> {
  const { url, size } = ranges;
  if (size > LIST_LIMIT)
    throw formatProblem(url, {
      expected: `a list of at most ${LIST_LIMIT} bytes`,
      actual: `${size}`,
      remedy: 'Split it.',
    });
  let [line, held] = [1, Buffer.alloc(0)];
  for (let offset = 0; offset < size;) {
    const read = await ranges.read(offset, PIECE_BYTES);
    if (read.length === 0) break;
    const begins = offset === 0;
    offset += read.length;
    const bytes = Buffer.concat([held, begins ? withoutMark(url, read) : read]);
    const end = offset >= size ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
    held = bytes.subarray(end);
    if (held.length > LINE_LIMIT) throw tooLong(url, line);
    if (end === 0) continue;
    const piece = bytes.subarray(0, end);
    yield { text: decode(url, piece, line), line };
    line += newlines(piece);
  }
}

/** Each line by itself, without its end. */
export async function* readLines(ranges: Ranges): AsyncGenerator<Piece> {
  const maybeYield = periodicYield();
  for await (const { text, line } of readPieces(ranges)) {
    for (const [i, each] of text.split('\n').entries()) {
      await maybeYield();
      if (each.length > LINE_LIMIT) throw tooLong(ranges.url, line + i);
      yield { text: each.replace(/\r$/, ''), line: line + i };
    }
  }
}

function tooLong(url: string, line: number): Error {
  return formatProblem(url, {
    expected: `lines of at most ${LINE_LIMIT} bytes`,
    actual: `a longer one, line ${line}`,
    remedy: 'Is this a list of paths and labels? Each image has a line.',
  });
}

function withoutMark(url: string, bytes: Buffer): Buffer {
  if (bytes.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf))) return bytes.subarray(3);
  const isUtf16 =
    bytes.length > 1 && bytes[0] !== undefined && [0xfffe, 0xfeff].includes(bytes.readUInt16BE(0));
  if (isUtf16) throw notUtf8(url, 'UTF-16');
  return bytes;
}

function decode(url: string, bytes: Buffer, line: number): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    // Some line is at fault: which, is worth saying.
  }
  let number = line;
  for (let begin = 0; begin < bytes.length; number++) {
    const found = bytes.indexOf(NEWLINE, begin);
    const end = found === -1 ? bytes.length : found + 1;
    if (!isUtf8(bytes.subarray(begin, end))) break;
    begin = end;
  }
  throw notUtf8(url, `other bytes in line ${number}`);
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8')).equals(bytes);
}

function notUtf8(url: string, actual: string): Error {
  return formatProblem(url, { expected: 'a text in UTF-8', actual, remedy: 'Save it again as UTF-8.' });
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
