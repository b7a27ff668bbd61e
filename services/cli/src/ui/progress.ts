import { SingleBar } from 'cli-progress';
import pc from 'picocolors';
import type { Output } from './output.ts';

export interface Progress {
  /** `detail` stands behind the bar: rates, losses, what is being done. */
  update(done: number, total: number, detail: string): void;
  /** What nothing goes on without: said at once, then every ten seconds, with how long it has been. */
  wait(what: string): void;
  /** Ends it; what was drawn stays. */
  stop(): void;
}

const PLAIN_LINE_MS = 5_000;
const WAIT_LINE_MS = 10_000;
/** Columns of a terminal on which the bar makes room for what it says. */
const NARROW = 120;

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

function bar({ progress }: Output, label: string): Progress {
  const drawn = new SingleBar({
    stream: progress,
    format: `${label.padEnd(10)} ${pc.cyan('{bar}')} {percentage}%  {value}/{total}  ${pc.dim('{detail}')}`,
    barsize: (progress.columns || NARROW) > NARROW ? 24 : 12,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    hideCursor: true,
    linewrap: false,
    fps: 10,
    gracefulExit: false,
  });
  let started = false;
  let reached = { done: 0, total: 1 };
  const wait = createWait();
  const draw = (detail: string): void => {
    const { done, total } = reached;
    if (!started) drawn.start(total, done, { detail });
    started = true;
    drawn.setTotal(total);
    drawn.update(done, { detail });
  };
  return {
    update(done, total, detail) {
      reached = { done, total };
      wait.end();
      draw(detail);
    },
    wait: (what) => draw(`${what} (${wait.seconds(what)} s)`),
    stop() {
      if (started) drawn.stop();
      started = false;
    },
  };
}

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
      const line = `${label} ${done}/${total}  ${detail}`;
      const now = performance.now();
      const due = done === total || now - printed >= PLAIN_LINE_MS;
      if (!due || line === last) return;
      printed = now;
      last = line;
      note(line);
    },
    stop: () => undefined,
  };
}
