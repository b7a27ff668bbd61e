import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '@alexnet/core';
import { byTime, logFormatter, parseLogLine } from './log-record.ts';
import { LogTail } from './log-tail.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alexnet-logs-'));
  file = path.join(folder, 'trainer.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('gives each line once, and half a line only when it is whole', () => {
  writeFileSync(file, 'one\ntwo\nthr');
  const tail = new LogTail(file);
  expect(tail.read()).toEqual(['one', 'two']);
  expect(tail.read()).toEqual([]);
  appendFileSync(file, 'ee\nfour\n');
  expect(tail.read()).toEqual(['three', 'four']);
});

it('keeps characters whole whose bytes are written in two parts', () => {
  const bytes = Buffer.from('größe\n');
  writeFileSync(file, bytes.subarray(0, 3));
  const tail = new LogTail(file);
  expect(tail.read()).toEqual([]);
  appendFileSync(file, bytes.subarray(3));
  expect(tail.read()).toEqual(['größe']);
});

it('begins again where the file was cut, as a rotated log is', () => {
  writeFileSync(file, 'old\nold\n');
  const tail = new LogTail(file);
  tail.read();
  truncateSync(file);
  appendFileSync(file, 'new\n');
  expect(tail.read()).toEqual(['new']);
});

it('waits for a file that is not there yet', () => {
  const tail = new LogTail(file);
  expect(tail.read()).toEqual([]);
  writeFileSync(file, 'first\n');
  expect(tail.read()).toEqual(['first']);
});

it('formats what the services log, with the stack of an error', () => {
  const lines: string[] = [];
  const log = createLogger('trainer', 'info', { destination: { write: (line) => void lines.push(line) } });
  log.info({ run: 'pets' }, 'training');
  log.error({ run: 'pets', error: new TypeError('no such layer') }, 'could not train');
  const records = lines.map((line) => parseLogLine('trainer', line.trim()));
  expect(records.map(({ run, level }) => [run, level])).toEqual([
    ['pets', 30],
    ['pets', 50],
  ]);
  const [info = '', error = ''] = records.map(logFormatter(false));
  expect(info).toMatch(/^trainer +\[\d\d:\d\d:\d\d\] INFO: training \{"run":"pets"\}$/);
  expect(error).toMatch(/ERROR: could not train[^]*no such layer[^]* at /);
});

it('keeps what is no JSON after the line before it', () => {
  const at = (time: string, process: string): string => JSON.stringify({ time, level: 30, msg: process });
  const first = [at('2026-01-01T00:00:00Z', 'a'), 'a trace'].map((line) => parseLogLine('a', line));
  const second = [at('2026-01-01T00:00:01Z', 'b')].map((line) => parseLogLine('b', line));
  expect(byTime([second, first]).map(({ process, fields }) => [process, fields !== undefined])).toEqual([
    ['a', true],
    ['a', false],
    ['b', true],
  ]);
});
