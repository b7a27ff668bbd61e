/**
 * `npm run dev [-- OPTIONS OF UP]`: builds what changes, and runs a stack that starts again what was built: the workers, the
 * trainer or the console, or the whole stack when the command line changed. Its data stays in `.alexnet`, and runs continue
 * from their checkpoints.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = path.join(root, 'node_modules/.bin');
/** A build writes its files one after the other. */
const SETTLE_MS = 1_500;
const SERVICES = ['preprocess', 'trainer', 'console'];
const PROGRAMS = ['cli', ...SERVICES];
const folderOf = (program) => path.join(root, 'services', program, 'dist');

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
const watchers = PROGRAMS.map((program) =>
  watch(folderOf(program), { recursive: true }, () => (changes += 1)),
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
  await Promise.race([ended, keepCurrent(stack)]);
  if (stack.exitCode !== null && !stopping.signal.aborted) {
    process.exitCode = stack.exitCode;
    break;
  }
  stack.kill('SIGTERM');
  await ended;
}
building.kill('SIGTERM');
for (const watcher of watchers) watcher.close();

/** Ends the services that were built again, which the stack then starts. Resolves when the stack itself is to be started again. */
async function keepCurrent(stack) {
  let running = builtPrograms();
  while (stack.exitCode === null && stack.signalCode === null) {
    await rebuilt();
    if (stopping.signal.aborted) return;
    const built = builtPrograms();
    const changed = PROGRAMS.filter((program) => built.get(program) !== running.get(program));
    running = built;
    if (changed.includes('cli')) {
      console.error('dev: the command line has changed; restarting the stack');
      return;
    }
    for (const service of changed) {
      console.error(`dev: the ${service} service has changed; restarting it`);
      servicePids(service, stack.pid).forEach(terminate);
    }
  }
}

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

/** A digest of each program as it is built: a build also writes files that it did not change. */
function builtPrograms() {
  return new Map(
    PROGRAMS.map((program) => {
      const hash = createHash('sha256');
      const files = readdirSync(folderOf(program), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
        .map(({ parentPath, name }) => path.join(parentPath, name))
        .sort();
      for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
      return [program, hash.digest('hex')];
    }),
  );
}

/** The processes of a service that descend from the stack. */
function servicePids(service, stackPid) {
  const program = path.join(folderOf(service), 'main.js');
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter((row) => row !== null)
    .map(([, pid, parent, args]) => ({ pid: Number(pid), parent: Number(parent), args }));
  const family = new Set([stackPid]);
  // Parents may be listed after their children.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of rows) if (family.has(parent)) family.add(pid);
  }
  // The guard of a service has its program among its own arguments.
  return rows
    .filter(({ pid, args }) => family.has(pid) && args.split(' ')[1] === program)
    .map(({ pid }) => pid);
}

function terminate(pid) {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    // It has ended by itself.
    if (error.code !== 'ESRCH') throw error;
  }
}
