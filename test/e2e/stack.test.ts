import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStackFile } from '@alexnet/cli/testing';
import { startInForeground, type Foreground } from '../support/terminal.ts';

const CLI = createRequire(import.meta.url).resolve('@alexnet/cli/main');
const UP = ['up', '--workers', '1', '--device', 'cpu'];

let folder: string;
let state: string;
let count: number;
const started: Command[] = [];

interface Command extends Foreground {
  said: () => Promise<string>;
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-stack-'));
  state = path.join(folder, '.alexnet');
  count = 0;
});
afterEach(async () => {
  for (const command of started.splice(0)) {
    try {
      command.signalGroup('SIGTERM');
    } catch {
      // It has ended.
    }
    await command.exited;
  }
  await expect.poll(leftovers).toEqual([]);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function alexnet(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Command> {
  const logFile = path.join(folder, `${String(++count)}.log`);
  const env = { ...process.env, REDIS_URL: '', STORAGE_URL: '', ...environment };
  const command = await startInForeground(process.execPath, [CLI, ...args], { env, logFile, cwd: folder });
  const said = (): Promise<string> => readFile(logFile, 'utf8');
  started.push({ ...command, said });
  return { ...command, said };
}

/** Processes that name the folder in their command line. */
function leftovers(): string[] {
  const all = execFileSync('ps', ['-eo', 'stat=,args=']).toString().split('\n');
  return all.filter((line) => line.includes(state) && !line.startsWith('Z'));
}

async function up(...args: string[]): Promise<Command> {
  const command = await alexnet([...UP, ...args]);
  await expect.poll(command.said).toContain('The pipeline runs');
  return command;
}

const logOf = (name: string): Promise<string> =>
  readFile(path.join(state, 'logs', `${name}.log`), 'utf8').catch(() => '');
const isReady = (name: string): Promise<void> => expect.poll(() => logOf(name)).toContain('"ready"');
const stackJson = (): string => readFileSync(path.join(state, 'stack.json'), 'utf8');

describe('in the background', () => {
  afterEach(async () => {
    await (
      await alexnet(['down'])
    ).exited;
  });

  it('outlives the command and its terminal, until `down`', async () => {
    const command = await alexnet([...UP, '--detach', '--json']);
    expect(await command.exited).toEqual({ code: 0, signal: null });
    // A slow machine has notes before it.
    const [, json = ''] = /^(\{[^]*)/m.exec(await command.said()) ?? [];
    const { pid, workers, stack, console: link } = JSON.parse(json) as Record<string, unknown>;
    expect({ workers, stack }).toEqual({ workers: 1, stack: path.join(state, 'stack.json') });
    expect(() => command.signalGroup('SIGHUP')).toThrow('ESRCH');
    expect(readStackFile(state)?.pid).toBe(pid);
    await isReady('trainer');
    // Its console, which goes with it.
    expect((await fetch(String(link))).status).toBe(200);
    expect(readStackFile(state)?.console?.address).toBe(new URL(String(link)).origin);

    const second = await alexnet([...UP, '-d']);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(await second.said()).toMatch(/^STACK_RUNNING [^]*alexnet up \(process \d+\)/m);

    const down = await alexnet(['down']);
    expect(await down.exited).toEqual({ code: 0, signal: null });
    expect(readStackFile(state)).toBeUndefined();
    // Another console may have its port by now, which does not know this link.
    const answers = fetch(String(link)).then(
      ({ status }) => status === 200,
      () => false,
    );
    expect(await answers).toBe(false);
    await expect.poll(leftovers).toEqual([]);
  });

  it('fails with the error of a service that starting it again cannot mend', async () => {
    const command = await alexnet(['up', '--detach', '--workers', '0', '--device', 'gpu'], {
      CUDA_VISIBLE_DEVICES: '',
    });
    expect(await command.exited).toEqual({ code: 1, signal: null });
    expect(await command.said()).toMatch(/^DEVICE_UNAVAILABLE [^]*expected [^]*got [^]*do /m);
    expect(readStackFile(state)).toBeUndefined();
  });

  it('says why it does not start', async () => {
    await writeFile(state, 'no folder');
    const command = await alexnet([...UP, '--detach']);
    expect(await command.exited).toEqual({ code: 1, signal: null });
    expect(await command.said()).toMatch(/^FOLDER_UNUSABLE [^]*expected [^]*got [^]*do /m);
    await rm(state);
  });

  it('is stopped where the command is interrupted while it starts', async () => {
    const command = await alexnet([...UP, '--detach']);
    await expect.poll(() => existsSync(path.join(state, 'logs', 'up.log'))).toBe(true);
    command.signalGroup('SIGINT');
    expect(await command.exited).toEqual({ code: 130, signal: null });
    expect(await command.said()).toContain('INTERRUPTED');
    await expect.poll(leftovers).toEqual([]);
  });
});

describe('one folder', () => {
  it('has one stack: a second one is refused before it touches anything', async () => {
    await up();
    const before = stackJson();
    for (const args of [UP, ['up', '--workers', '0', '--json']]) {
      const second = await alexnet(args);
      expect(await second.exited).toEqual({ code: 1, signal: null });
      expect(await second.said()).toMatch(/STACK_RUNNING[^]*alexnet up \(process \d+\)/m);
    }
    expect(stackJson()).toBe(before);
    expect(await (await alexnet(['run', 'list'])).exited).toEqual({ code: 0, signal: null });
  });

  it('has one stack of several that are started at the same moment', async () => {
    const all = await Promise.all([1, 2, 3].map(() => alexnet(UP)));
    await expect.poll(() => existsSync(path.join(state, 'stack.json'))).toBe(true);
    const pid = readStackFile(state)?.pid;
    const others = all.filter((command) => command.pid !== pid);
    expect(others).toHaveLength(2);
    for (const other of others) {
      expect(await other.exited).toEqual({ code: 1, signal: null });
      expect(await other.said()).toContain('STACK_RUNNING');
    }
    expect(readStackFile(state)?.pid).toBe(pid);
  });

  it('has one demo, and no stack beside that of a demo', async () => {
    const demo = await alexnet(['demo', '--short']);
    await expect.poll(() => readStackFile(state)).toBeDefined();
    for (const args of [['demo', '--short'], UP]) {
      const second = await alexnet(args);
      expect(await second.exited).toEqual({ code: 1, signal: null });
      expect(await second.said()).toMatch(/STACK_RUNNING[^]*alexnet demo \(process \d+\)/);
    }
    demo.signalGroup('SIGINT');
    expect(await demo.exited).toEqual({ code: 130, signal: null });
    expect(readStackFile(state)).toBeUndefined();
  });
});

describe('the stack ends', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'with code 0 on %s to its process group',
    async (signal) => {
      const command = await up();
      await isReady('trainer');
      command.signalGroup(signal);
      expect(await command.exited, await command.said()).toEqual({ code: 0, signal: null });
      expect(leftovers()).toEqual([]);
      expect(existsSync(path.join(state, 'stack.json'))).toBe(false);
    },
  );

  it('when it is killed, and the next one waits for that', async () => {
    const command = await up();
    await isReady('trainer');
    process.kill(command.pid, 'SIGKILL');
    await command.exited;
    await up();
  });

  it('when its guards are killed together with it', async () => {
    const command = await up();
    await isReady('trainer');
    await isReady('worker-1');
    const lines = execFileSync('ps', ['-eo', 'pid=,args=']).toString().split('\n');
    const guards = lines.filter((line) => line.includes('guard.js') && line.includes(state));
    const services = guards.filter((line) => /trainer|preprocess/.test(line)).map((line) => parseInt(line));
    expect(services).toHaveLength(2);
    for (const pid of [command.pid, ...services]) process.kill(pid, 'SIGKILL');
    await expect.poll(() => logOf('trainer')).toContain('"stopping"');
    await expect.poll(() => logOf('worker-1')).toContain('"stopping"');
  });

  it('with its cause where starting a service again would not help', async () => {
    const command = await alexnet(['up', '--workers', '0', '--device', 'gpu'], { CUDA_VISIBLE_DEVICES: '' });
    expect(await command.exited).toEqual({ code: 1, signal: null });
    const text = await command.said();
    expect(text).toMatch(/trainer ended .*DEVICE_UNAVAILABLE/);
    expect(text).toMatch(/^DEVICE_UNAVAILABLE [^]*expected [^]*got [^]*do /m);
  });
});

it('a server that dies is started again, where its clients look for it', async () => {
  const command = await up();
  await isReady('trainer');
  const servers = execFileSync('ps', ['-eo', 'pid=,args=']).toString().split('\n');
  const [server = ''] = servers.filter(
    (line) => /(redis|valkey)-server 127/.test(line) && isOurs(parseInt(line)),
  );
  process.kill(parseInt(server), 'SIGKILL');
  await expect.poll(command.said).toMatch(/redis.* ended .*starting it again/);
  const added = async (): Promise<number | null> =>
    (await (await alexnet(['dataset', 'add', folder, '--name', 'nothing'])).exited).code;
  await expect.poll(added).toBe(0);
  await expect.poll(() => logOf('worker-1')).toContain('nothing/');
});

/** A Redis shows its address, not its folder, in its command line. */
function isOurs(pid: number): boolean {
  return execFileSync('readlink', [`/proc/${pid}/cwd`])
    .toString()
    .startsWith(state);
}

describe('what a person did is said with the folder that it is about', () => {
  it('.alexnet is a file', async () => {
    await writeFile(state, '');
    const command = await alexnet(UP);
    expect(await command.exited).toEqual({ code: 1, signal: null });
    expect(await command.said()).toMatch(new RegExp(`FOLDER_UNUSABLE[^]*${state}`));
  });

  it('the cache is a file', async () => {
    const cache = path.join(folder, 'cache');
    await writeFile(cache, '');
    const command = await alexnet(UP, { ALEXNET_CACHE_DIR: cache, PATH: '/nowhere' });
    expect(await command.exited).toEqual({ code: 1, signal: null });
    expect(await command.said()).toMatch(new RegExp(`FOLDER_UNUSABLE[^]*${cache}`));
  });

  it('the folder is read-only', async ({ skip }) => {
    const disk = path.join(folder, 'disk');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      console.warn('skipped: a read-only folder; mounting one needs root');
      skip();
    }
    try {
      const script = 'cd "$1" && shift && exec "$@"';
      const logFile = path.join(folder, 'read-only.log');
      const args = ['-c', script, '--', disk, process.execPath, CLI, ...UP];
      const command = await startInForeground('sh', args, { env: process.env, logFile });
      expect(await command.exited).toEqual({ code: 1, signal: null });
      expect(await readFile(logFile, 'utf8')).toMatch(new RegExp(`PERMISSION_DENIED[^]*${disk}`));
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

it('a shell that names half of another pipeline is refused while a stack runs', async () => {
  await up('--workers', '0');
  for (const environment of [
    { STORAGE_URL: 'file:///elsewhere' },
    { REDIS_URL: 'redis://elsewhere' },
    { BATCH_REDIS_URL: 'redis://elsewhere' },
  ]) {
    const command = await alexnet(['run', 'list'], environment);
    expect(await command.exited).toEqual({ code: 2, signal: null });
    expect(await command.said()).toMatch(new RegExp(`CONFIG_INVALID[^]*${Object.keys(environment)[0]}`));
  }
});
