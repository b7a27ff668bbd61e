import { SingleBar } from 'cli-progress';
import pc from 'picocolors';
import type { Output } from './output.ts';

export interface Progress {
  /** `detail` stands behind the bar: rates, losses, what is being done. */
  update(done: number, total: number, detail: string): void;
  /** Ends it; what was drawn stays. */
  stop(): void;
}

const PLAIN_LINE_MS = 5_000;
/** Columns of a terminal on which the bar makes room for what it says. */
const NARROW = 120;

/** A bar on a terminal; elsewhere a line every few seconds. */
export function createProgress(output: Output, label: string): Progress {
  return output.progress.isTTY ? bar(output, label) : plainLines(output, label);
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
  return {
    update(done, total, detail) {
      if (!started) drawn.start(total, done, { detail });
      started = true;
      drawn.setTotal(total);
      drawn.update(done, { detail });
    },
    stop() {
      if (started) drawn.stop();
      started = false;
    },
  };
}

function plainLines({ note }: Output, label: string): Progress {
  let printed = -Infinity;
  let last = '';
  return {
    update(done, total, detail) {
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
