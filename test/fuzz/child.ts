/** Reads inputs in a process of its own, see {@link campaign}. Its argument is an {@link Order} as JSON. */
import { openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { getHeapStatistics } from 'node:v8';
import fc from 'fast-check';
import { AlexnetError, ERRORS, messageOf } from '@alexnet/core';
import { inputs } from './mutations.ts';
import type { Input } from './mutations.ts';
import type { OpenParser } from './parser.ts';
import { PARSERS } from './parsers.ts';
import { PLANTED } from './parsers/planted.ts';
import { CHUNK, OPENING } from './tally.ts';
import type { Order, Progress, Tally } from './tally.ts';

const MiB = 1024 ** 2;
/** What one input may make a parser set aside: in V8's heap and buffers, and in the whole process at its peak. */
const MEMORY_LIMIT = 64 * MiB;
const MEMORY_A_BYTE = 64;
const RESIDENT_LIMIT_KIB = 768 * 1024;
const SHOWN_BYTES = 2000;

const order = JSON.parse(process.argv[2] ?? '') as Order;
const parent = process.ppid;
const progressFile = openSync(order.progress, 'w');

for (const [i, name] of order.parsers.entries()) {
  const parser = [...PARSERS, ...PLANTED].find((each) => each.name === name);
  if (parser === undefined) throw new RangeError(`no parser ${name}`);
  report(OPENING);
  const folder = path.join(order.folder, String(i));
  const open = await parser.open(folder);
  const skipped = new Set(i === 0 ? order.skipped : []);
  for (let first = i === 0 ? order.from : 0; first < order.to; first += CHUNK) {
    // Whoever asked for this may be gone.
    if (process.ppid !== parent) process.exit();
    const tally = await readChunk(open, first, skipped);
    writeSync(1, `${JSON.stringify(tally)}\n`);
  }
}
// A parser may keep a thread or a timer.
process.exit();

/** Always as many bytes: they replace those before. */
function report(number: number): void {
  writeSync(progressFile, JSON.stringify({ number } satisfies Progress).padEnd(30), 0);
}

async function readChunk(
  { documents, read }: OpenParser,
  first: number,
  skipped: ReadonlySet<number>,
): Promise<Tally> {
  const tally: Tally = { first, accepted: 0, refused: {}, crashes: [] };
  const sample = fc.sample(inputs(documents), { numRuns: CHUNK, seed: order.seed + first / CHUNK });
  for (const [i, input] of sample.entries()) {
    const number = first + i;
    if (number >= order.to) break;
    if (skipped.has(number)) continue;
    report(number);
    const crash = await tryInput(read, input, tally);
    if (crash === undefined) continue;
    const { bytes, document } = input;
    const begins = bytes.subarray(0, SHOWN_BYTES).toString('latin1');
    tally.crashes.push({ number, document, what: crash, bytes: bytes.length, begins });
  }
  return tally;
}

/** What went wrong, or undefined for an input that was accepted or refused as it should. */
async function tryInput(
  read: OpenParser['read'],
  { bytes, document }: Input,
  tally: Tally,
): Promise<string | undefined> {
  const before = memory();
  const resident = process.resourceUsage().maxRSS;
  let fault: string | undefined;
  try {
    await read(bytes, document);
    tally.accepted += 1;
  } catch (error) {
    fault = faultOf(error);
    if (fault === undefined && error instanceof AlexnetError)
      tally.refused[error.code] = (tally.refused[error.code] ?? 0) + 1;
  }
  const grown = memory() - before;
  if (grown > MEMORY_LIMIT + MEMORY_A_BYTE * bytes.length)
    fault ??= `set aside ${Math.round(grown / MiB)} MiB`;
  const risen = process.resourceUsage().maxRSS - resident;
  if (risen > RESIDENT_LIMIT_KIB) fault ??= `the process grew by ${Math.round(risen / 1024)} MiB`;
  return fault;
}

function memory(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

function faultOf(error: unknown): string | undefined {
  if (!(error instanceof AlexnetError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    return stack.slice(0, SHOWN_BYTES);
  }
  if (!Object.hasOwn(ERRORS, error.code) || error.code === 'INTERNAL')
    return `${error.code}: ${error.message}`;
  const silent = [error.expected, error.actual, error.remedy].some((text) => text.trim() === '');
  return silent ? `${error.code} without a word: ${error.message}` : undefined;
}
