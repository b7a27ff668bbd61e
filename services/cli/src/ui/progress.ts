import { MultiBar, type GenericFormatter, type SingleBar } from 'cli-progress';
import pc from 'picocolors';
import stringWidth from 'string-width';
import type { Output } from './output.ts';

/** A piece of what stands behind a bar, or above it. Where a terminal is too narrow for all, those of the highest number go first. */
export interface Detail {
  text: string;
  importance: number;
}

export interface Progress {
  /** `detail` stands behind the bar: rates, losses, what is being done. */
  update(done: number, total: number, detail: string | readonly Detail[]): void;
  /** What nothing goes on without: said at once, then every ten seconds, with how long it has been. */
  wait(what: string): void;
  /** A line that stays, above the bar. */
  note(details: readonly Detail[]): void;
  /** Lines below the bar, drawn anew for the columns that the terminal has; their number stays. Nothing without a terminal. */
  chart(draw: (columns: number) => string[]): void;
  /** Ends it at 100 %; what was drawn stays. */
  finish(): void;
  /** Ends it where it is. After `finish` it has no effect. */
  stop(): void;
}

const PLAIN_LINE_MS = 5_000;
const WAIT_LINE_MS = 10_000;
/** Where the terminal does not say how large it is. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** Of the bar, the note above it and the line of the cursor: what is higher than the terminal cannot be drawn again. */
const OTHER_ROWS = 3;
const ERASE_TO_END = '\u001b[K';

/** A bar on a terminal; elsewhere a line every few seconds. */
export function createProgress(output: Output, label: string): Progress {
  return output.progress.isTTY ? bar(output, label) : plainLines(output, label);
}

/** Measures how long the same thing is waited for, in seconds. */
function createWait(): { seconds(what: string): number; end(): void } {
  let waitingFor: string | undefined;
  let since = 0;
  return {
    seconds(what) {
      if (what !== waitingFor) since = performance.now();
      waitingFor = what;
      return Math.round((performance.now() - since) / 1000);
    },
    end: () => (waitingFor = undefined),
  };
}

const rowsOf = (stream: NodeJS.WriteStream): number => stream.rows || DEFAULT_ROWS;
const columnsOf = (stream: NodeJS.WriteStream): number => stream.columns || DEFAULT_COLUMNS;

function bar({ progress: stream }: Output, label: string): Progress {
  const bars = new MultiBar({
    stream,
    hideCursor: true,
    linewrap: false,
    fps: 10,
    gracefulExit: false,
    format: (_options, { total, value }, { detail }: { detail: string | readonly Detail[] }) =>
      barLine({ label, done: value, total, detail }, columnsOf(stream)) + redrawn(),
  });
  let drawn: SingleBar | undefined;
  let charts: SingleBar[] = [];
  // Notes move the lines below them, and a line is drawn only where it has changed.
  let [isMoved, moves] = [false, 0];
  const redrawn = (): string => (moves % 2 === 0 ? '' : ERASE_TO_END);
  const chartLine: GenericFormatter = (_options, _params, { line }: { line: string }) => line + redrawn();
  bars.on('redraw-post', () => (isMoved = false));
  let reached = { done: 0, total: 1 };
  let last: string | readonly Detail[] = '';
  let ended = false;
  const wait = createWait();
  const draw = (detail: string | readonly Detail[]): void => {
    last = detail;
    // Not before: what turns out to be done already has no bar.
    drawn ??= bars.create(1, 0, { detail: '' });
    drawn.setTotal(reached.total);
    drawn.update(reached.done, { detail });
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    // Stopping drops the lines that were not written yet, and cuts what it draws as if colours had a width. So all is drawn
    // before.
    if (drawn !== undefined) bars.update();
    bars.stop();
  };
  return {
    update(done, total, detail) {
      reached = { done, total };
      wait.end();
      draw(detail);
    },
    wait: (what) => draw(`${what} (${wait.seconds(what)} s)`),
    note(details) {
      if (!isMoved) moves += 1;
      isMoved = true;
      bars.log(`${fit(details, columnsOf(stream) - 1, NOTE_SEPARATOR)}${ERASE_TO_END}\n`);
    },
    chart(draw) {
      if (drawn === undefined || ended) return;
      const lines = draw(columnsOf(stream));
      if (charts.length === 0 && lines.length + OTHER_ROWS > rowsOf(stream)) return;
      if (charts.length === 0)
        charts = lines.map(() => bars.create(1, 0, { line: '' }, { format: chartLine }));
      charts.forEach((bar, at) => bar.update(0, { line: lines[at] ?? '' }));
    },
    finish() {
      // A run may end before its last step, and files that were left out are not counted as done.
      reached = { ...reached, total: Math.max(1, reached.done) };
      if (reached.done > 0 && !ended) draw(last);
      end();
    },
    stop: end,
  };
}

/** The line of a bar: label, bar, share and counts, and as many details as fit. */
export function barLine(
  {
    label,
    done,
    total,
    detail,
  }: { label: string; done: number; total: number; detail: string | readonly Detail[] },
  columns: number,
): string {
  const cells = columns >= 120 ? 24 : columns >= 80 ? 12 : 6;
  const share = Math.min(1, done / Math.max(1, total));
  const full = Math.round(share * cells);
  const percent = `${Math.floor(100 * share)}%`.padStart(5);
  const drawn = pc.cyan('━'.repeat(full)) + pc.dim('─'.repeat(cells - full));
  const head = `${label} ${drawn}${percent}  ${done}/${total}`;
  const room = columns - 1 - stringWidth(head) - 2;
  const text = typeof detail === 'string' ? cut(detail, room) : fit(detail, room, SEPARATOR);
  return `${head}  ${pc.dim(text)}`;
}

const SEPARATOR = ' · ';
const NOTE_SEPARATOR = '  ';

/** The most important details that fit, in their order. */
function fit(details: readonly Detail[], room: number, separator: string): string {
  let kept = [...details];
  const joined = (): string => join(kept, separator);
  while (kept.length > 0 && stringWidth(joined()) > room) {
    const least = Math.max(...kept.map(({ importance }) => importance));
    kept = kept.filter(({ importance }) => importance !== least);
  }
  return joined();
}

const join = (details: readonly Detail[], separator: string): string =>
  details.map(({ text }) => text).join(separator);

const cut = (text: string, room: number): string =>
  stringWidth(text) <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;

function plainLines({ note }: Output, label: string): Progress {
  let printed = -Infinity;
  let last = '';
  let waited: { what: string; printed: number } | undefined;
  const wait = createWait();
  return {
    wait(what) {
      const seconds = wait.seconds(what);
      const now = performance.now();
      if (waited?.what === what && now - waited.printed < WAIT_LINE_MS) return;
      waited = { what, printed: now };
      note(`${label} ${what} (${seconds} s)`);
    },
    update(done, total, detail) {
      wait.end();
      const text = typeof detail === 'string' ? detail : join(detail, SEPARATOR);
      const line = `${label} ${done}/${total}  ${text}`;
      const now = performance.now();
      const due = done === total || now - printed >= PLAIN_LINE_MS;
      if (!due || line === last) return;
      printed = now;
      last = line;
      note(line);
    },
    note: (details) => note(join(details, NOTE_SEPARATOR)),
    chart: () => undefined,
    finish: () => undefined,
    stop: () => undefined,
  };
}
