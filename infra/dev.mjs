/**
 * `npm run dev [-- OPTIONS OF UP]`: builds what changes, and runs a stack that starts again with every build. Its data stays
 * in `.alexnet`, and runs continue from their checkpoints.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = path.join(root, 'node_modules/.bin');
/** A build writes its files one after the other. */
const SETTLE_MS = 1_500;
const PROGRAMS = ['services/cli/dist', 'services/preprocess/dist', 'services/trainer/dist'];

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort());

const env = {
  ...process.env,
  PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
};
const building = spawn(
  path.join(bin, 'turbo'),
  ['watch', 'build', '--output-logs=errors-only', '--ui=stream'],
  {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  },
);
let changes = 0;
const watchers = PROGRAMS.map((folder) =>
  watch(path.join(root, folder), { recursive: true }, () => (changes += 1)),
);

while (!stopping.signal.aborted) {
  const stack = spawn(
    process.execPath,
    [path.join(root, 'services/cli/bin/alexnet.js'), 'up', ...process.argv.slice(2)],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const ended = once(stack, 'exit');
  await Promise.race([ended, rebuilt()]);
  if (stack.exitCode !== null && !stopping.signal.aborted) {
    process.exitCode = stack.exitCode;
    break;
  }
  if (!stopping.signal.aborted) console.error('dev: the build has changed; starting the stack again');
  stack.kill('SIGTERM');
  await ended;
}
building.kill('SIGTERM');
for (const watcher of watchers) watcher.close();

/** Resolves once programs have changed and then stood still for a moment, or when this is stopped. */
async function rebuilt() {
  const before = changes;
  let seen = before;
  while (!stopping.signal.aborted) {
    await sleep(SETTLE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    if (changes !== before && changes === seen) return;
    seen = changes;
  }
}
