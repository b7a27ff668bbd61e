import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CHUNK, OPENING } from './tally.ts';
import type { Order, Progress, Result, Tally } from './tally.ts';

const POLL_MS = 200;
/** One input may take so much of a processor's time, which does not depend on what else the machine does; or so long. */
const INPUT_LIMIT: Limit = { processorMs: 2_000, ms: 60_000 };
const OPEN_LIMIT: Limit = { processorMs: 60_000, ms: 300_000 };
/** Of the times in /proc: always 100 a second. */
const TICK_MS = 10;
/** With more inputs that end or hang a process, its parser is given up. */
const MOST_FAULTS = 5;
const HEAP_MIB = 1024;

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

interface Limit {
  processorMs: number;
  ms: number;
}

/**
 * Gives parsers inputs that are made from a seed, and counts what comes of them. They are read in a child process, so
 * that an input that ends the process, or never ends, is found too: the child is started again behind it.
 * @param onDone told of each parser when it is done
 */
export async function campaign(
  parsers: readonly string[],
  { inputs, seed }: { inputs: number; seed: number },
  onDone: (result: Result) => void = () => undefined,
): Promise<Result[]> {
  const results = parsers.map((parser): Result => ({
    parser,
    inputs,
    accepted: 0,
    refused: {},
    crashes: [],
    hangs: [],
  }));
  let [at, from, skipped] = [0, 0, [] as number[]];
  const next = (): void => {
    onDone(results[at] as Result);
    [at, from, skipped] = [at + 1, 0, []];
  };
  const onTally = (tally: Tally): void => {
    add(results[at] as Result, tally);
    from = tally.first + CHUNK;
    if (from >= inputs) next();
  };
  while (at < parsers.length) {
    const order = { parsers: parsers.slice(at), seed, from, to: inputs, skipped };
    const fault = await readSome(order, onTally);
    if (fault === undefined) continue;
    const { number, what } = fault;
    const { crashes, hangs } = results[at] as Result;
    if (what === SLOW) hangs.push(number);
    else crashes.push({ number, document: NaN, what, bytes: NaN, begins: '' });
    skipped.push(number);
    if (skipped.length === MOST_FAULTS) next();
  }
  return results;
}

function add(result: Result, { accepted, refused, crashes }: Tally): void {
  result.accepted += accepted;
  for (const [code, count] of Object.entries(refused))
    result.refused[code] = (result.refused[code] ?? 0) + count;
  result.crashes.push(...crashes);
}

const SLOW = 'did not come to an end';

/** Which input was in hand when the child ended before its time, and why; undefined where it was done. */
async function readSome(
  order: Omit<Order, 'folder' | 'progress'>,
  onTally: (tally: Tally) => void,
): Promise<{ number: number; what: string } | undefined> {
  const folder = mkdtempSync(path.join(tmpdir(), 'alexnet-fuzz-'));
  const progress = path.join(folder, 'progress');
  const whole: Order = { ...order, folder, progress };
  const args = [`--max-old-space-size=${HEAP_MIB}`, '--import', import.meta.resolve('tsx'), CHILD];
  args.push(JSON.stringify(whole));
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  createInterface({ input: child.stdout }).on('line', (line) => onTally(JSON.parse(line) as Tally));
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  try {
    const slow = await watch(child, progress);
    const [code, signal] = await closed;
    if (!slow && code === 0) return undefined;
    const number = numberIn(progress);
    if (number === OPENING) throw new Error(`${order.parsers.join(', ')}: the first did not open\n${said}`);
    return { number, what: slow ? SLOW : `the process ended with ${code ?? signal}: ${said}` };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ends a child that has one input in hand for too long. Returns whether it did, when the child has ended. */
async function watch(child: ChildProcess, progress: string): Promise<boolean> {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const now = (): Limit => ({ processorMs: processorMs(child.pid), ms: performance.now() });
  let [last, since] = [OPENING, now()];
  while (!hasEnded()) {
    await sleep(POLL_MS);
    const number = numberIn(progress);
    const time = now();
    if (number !== last) [last, since] = [number, time];
    const limit = number === OPENING ? OPEN_LIMIT : INPUT_LIMIT;
    const slow = time.processorMs - since.processorMs > limit.processorMs || time.ms - since.ms > limit.ms;
    if (slow && !hasEnded()) return child.kill('SIGKILL');
  }
  return false;
}

/** What a process has used so far, in user and kernel mode; 0 where there is none any more. */
function processorMs(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid ?? 'none'}/stat`, 'utf8');
    // proc(5): the name, in brackets, may have spaces in it; utime and stime are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}

/** The number of the input in hand; {@link OPENING} where there is none yet. */
function numberIn(file: string): number {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Progress).number;
  } catch {
    return OPENING;
  }
}
