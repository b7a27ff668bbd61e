import { Readable } from 'node:stream';
import { periodicYield, type AlexnetError } from '@alexnet/core';
import { CsvError, parse } from 'csv-parse';
import { formatProblem } from '../format-problem.ts';
import type { Ranges } from '../ranges.ts';
import { columnsOf, noColumns, type Columns } from './columns.ts';
import { LINE_LIMIT, readLines, readPieces } from './text.ts';

const DELIMITERS = [',', ';', '\t'];
const EXAMPLE = 'path,label';
const HEAD_BYTES = 64 * 1024;

/** A line of a list. */
export interface ListRecord {
  /** Its number, from 1. */
  line: number;
  path: string;
  /** '' where there is none. */
  label: string;
  /** Undefined where the list has no splits. */
  split: string | undefined;
}

const isJson = ({ url }: Ranges): boolean => /\.(jsonl|ndjson)$/i.test(url);

/** Whether a file begins as a list of paths and labels does. */
export async function isList(ranges: Ranges): Promise<boolean> {
  const head = (await ranges.read(0, HEAD_BYTES)).toString('utf8').replace(/^\ufeff/, '');
  const [first = ''] = head.split(/\r\n|\n|\r/);
  return isJson(ranges)
    ? columnsOf(Object.keys(objectIn(first) ?? {})) !== undefined
    : delimiterOf(first) !== undefined;
}

/**
 * The lines of a list: comma-, semicolon- or tab-separated with a header, or a JSON object in each.
 * @throws FORMAT_INVALID naming the line
 */
export function readRecords(ranges: Ranges): AsyncIterable<ListRecord> {
  return isJson(ranges) ? readJson(ranges) : readCsv(ranges);
}

/** What the fields of a header are separated by; undefined where it is none. */
function delimiterOf(header: string): string | undefined {
  return DELIMITERS.find((each) => columnsOf(header.split(each).map(unquoted)) !== undefined);
}

const unquoted = (text: string): string => text.trim().replace(/^"(.*)"$/, '$1');

async function* readCsv(ranges: Ranges): AsyncGenerator<ListRecord> {
  const { url } = ranges;
  const pieces = readPieces(ranges);
  const begin = await pieces.next();
  const text = begin.done === true ? '' : begin.value.text;
  const [header = ''] = text.split(/\r\n|\n|\r/, 1);
  const delimiter = delimiterOf(header);
  if (delimiter === undefined) throw noColumns(url, header, `with the first line ${EXAMPLE}`);
  const names = header.split(delimiter).map(unquoted);
  const columns = columnsOf(names);
  if (columns === undefined) throw noColumns(url, header, `with the first line ${EXAMPLE}`);
  const texts = async function* (): AsyncGenerator<string> {
    yield text;
    for await (const piece of pieces) yield piece.text;
  };
  const parser = parse({
    delimiter,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: LINE_LIMIT,
    from: 2,
  });
  const input = Readable.from(texts());
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  const maybeYield = periodicYield();
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      await maybeYield();
      yield recordOf(url, info.lines, record, { names, columns });
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw formatProblem(url, {
      expected: 'lines as CSV has them, with quotes around a field that has a quote, and that quote doubled,',
      actual: error.message,
      remedy: 'Correct the line.',
      cause: error,
    });
  } finally {
    input.destroy();
  }
}

function recordOf(
  url: string,
  line: number,
  fields: readonly string[],
  { names, columns }: { names: readonly string[]; columns: Columns },
): ListRecord {
  if (fields.length !== names.length) {
    throw formatProblem(url, {
      expected: `${names.length} fields in each line, as in the first,`,
      actual: `${fields.length} in line ${line}`,
      remedy: 'Put quotes around a field in which there is a separator.',
    });
  }
  const split = columns.split === undefined ? undefined : (fields[columns.split] ?? '');
  return { line, path: fields[columns.path] ?? '', label: fields[columns.label] ?? '', split };
}

async function* readJson(ranges: Ranges): AsyncGenerator<ListRecord> {
  const { url } = ranges;
  let names: { path: string; label: string; split: string | undefined } | undefined;
  for await (const { text, line } of readLines(ranges)) {
    if (text.trim() === '') continue;
    const found = objectIn(text);
    if (found === undefined) throw wrongLine(url, line, 'a JSON object in each line', 'something else');
    if (names === undefined) {
      const keys = Object.keys(found);
      const columns = columnsOf(keys);
      if (columns === undefined) throw noColumns(url, text, '{"path": "1.png", "label": "cat"}');
      const keyAt = (index: number): string => keys[index] ?? '';
      names = {
        path: keyAt(columns.path),
        label: keyAt(columns.label),
        split: columns.split === undefined ? undefined : keyAt(columns.split),
      };
    }
    const textIn = (name: string): string => {
      const value = Object.hasOwn(found, name) ? found[name] : undefined;
      if (typeof value === 'string') return value;
      if (Number.isSafeInteger(value)) return String(value);
      if (value === null && name === names?.label) return '';
      throw wrongLine(
        url,
        line,
        `a text or a whole number as ${name}`,
        value === undefined ? 'nothing' : typeof value,
      );
    };
    const split = names.split === undefined ? undefined : textIn(names.split);
    yield { line, path: textIn(names.path), label: textIn(names.label), split };
  }
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** FORMAT_INVALID about one line. */
export function wrongLine(url: string, line: number, expected: string, actual: string): AlexnetError {
  return formatProblem(url, { expected, actual: `${actual} in line ${line}`, remedy: 'Correct the line.' });
}
