import pc from 'picocolors';
import { duration } from './format.ts';
import type { Output } from './output.ts';

/** Nobody needs to read what is over at once. */
const FIRST_LINE_MS = 1_500;
const PLAIN_LINE_MS = 5_000;
const FRAME_MS = 100;
const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/**
 * Runs what may take a while. What it says that it waits for is shown with the time that it has taken so far: on a terminal
 * in one line, elsewhere as a line after 1.5 s and then every five seconds.
 */
export async function whileWaiting<T>(
  output: Output,
  work: (say: (line: string) => void) => Promise<T>,
): Promise<T> {
  const show = output.progress.isTTY ? spinner(output.progress) : plainLines(output);
  let line: string | undefined;
  let since = 0;
  const timer = setInterval(() => {
    if (line !== undefined) show.tick(line, performance.now() - since);
  }, FRAME_MS);
  try {
    return await work((next) => {
      line = next;
      since = performance.now();
      show.begin();
    });
  } finally {
    clearInterval(timer);
    show.end();
  }
}

interface Display {
  begin(): void;
  tick(line: string, elapsedMs: number): void;
  end(): void;
}

function spinner(stream: NodeJS.WriteStream): Display {
  let frame = 0;
  const clear = (): boolean => stream.write('\r\u001B[K');
  return {
    begin: () => undefined,
    tick(line, elapsedMs) {
      clear();
      frame = (frame + 1) % FRAMES.length;
      stream.write(`${pc.cyan(FRAMES[frame] ?? '')} ${line} ${pc.dim(duration(elapsedMs / 1000))}`);
    },
    end: () => void clear(),
  };
}

function plainLines({ note }: Output): Display {
  let nextMs = FIRST_LINE_MS;
  return {
    begin: () => (nextMs = FIRST_LINE_MS),
    tick(line, elapsedMs) {
      if (elapsedMs < nextMs) return;
      nextMs = elapsedMs + PLAIN_LINE_MS;
      note(`${line}, ${duration(elapsedMs / 1000)} so far`);
    },
    end: () => undefined,
  };
}
