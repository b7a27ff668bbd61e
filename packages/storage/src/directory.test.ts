import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryStore } from './directory.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const coded = (code: string): unknown => expect.objectContaining({ code });
const built = fileURLToPath(new URL('../dist/directory.js', import.meta.url));

let folder: string;
let root: string;
let store: DirectoryStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet store '));
  root = path.join(folder, 'root');
  store = new DirectoryStore(root);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function keys(): Promise<string[]> {
  const found = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
}

async function temporaryFiles(): Promise<string[]> {
  return (await readdir(path.join(root, '.alexnet-store'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

/** Runs a script in a process of its own; `store` is a store on the same root. Returns what it printed. */
async function inProcess(script: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', processScript(root, script)]);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return output;
}

function processScript(where: string, script: string): string {
  return `import { DirectoryStore } from ${JSON.stringify(built)};
    const store = new DirectoryStore(${JSON.stringify(where)});
    const attempt = (work) => work.then(() => 'won', (error) => error.code);
    ${script}`;
}

describe('a directory as a store', () => {
  it('reads nothing from a directory that is not there yet', async () => {
    expect(await keys()).toEqual([]);
    expect(await store.head('a')).toBeUndefined();
    await store.delete('a');
    await expect(store.get('a')).rejects.toThrow(coded('OBJECT_NOT_FOUND'));
  });

  it('keeps an object as a file of its name', async () => {
    await store.put('a/b.txt', bytes('hello'));
    expect(await readFile(store.localPath('a/b.txt'), 'utf8')).toBe('hello');
    expect(store.localPath('a/b.txt')).toBe(path.join(root, 'a/b.txt'));
    expect(await temporaryFiles()).toEqual([]);
  });

  it('gives each of many quick rewrites another etag than the one before, small and large', async () => {
    for (const size of [10, 100_000]) {
      let before: string | undefined;
      for (let i = 0; i < 200; i += 1) {
        const { etag } = await store.put('a', Buffer.alloc(size, `v${i}`));
        expect(etag).not.toBe(before);
        before = etag;
      }
      expect((await store.head('a'))?.etag).toBe(before);
    }
  });

  it('removes folders that deleting has emptied, so their name is free', async () => {
    await store.put('a/b/c', bytes('1'));
    await store.delete('a/b/c');
    await store.put('a', bytes('2'));
    expect(await keys()).toEqual(['a']);
  });

  it('takes an empty folder for nothing', async () => {
    await mkdir(path.join(root, 'a'), { recursive: true });
    expect(await store.head('a')).toBeUndefined();
    await store.put('a', bytes('1'), { ifNoneMatch: '*' });
    expect((await store.get('a')).toString()).toBe('1');
  });

  it.each([
    ['a', 'a/b'],
    ['a/b', 'a'],
    ['a', 'a/b/c'],
  ])('refuses two keys of which one begins the other: %s, %s', async (first, second) => {
    await store.put(first, bytes('1'));
    await expect(store.put(second, bytes('2'))).rejects.toThrow(/a and a\/b/);
    await expect(store.put(second, bytes('2'), { ifNoneMatch: '*' })).rejects.toThrow(coded('KEY_INVALID'));
    expect(await keys()).toEqual([first]);
    expect(await temporaryFiles()).toEqual([]);
  });

  it('refuses a segment that the file system cannot carry', async () => {
    await expect(store.put('x'.repeat(300), bytes('1'))).rejects.toThrow(coded('KEY_INVALID'));
  });

  it('does not follow symbolic links out of its root, or into it', async () => {
    await store.put('in/file', bytes('1'));
    await writeFile(path.join(folder, 'secret'), 'outside');
    await symlink(folder, path.join(root, 'out'));
    await symlink(path.join(folder, 'secret'), path.join(root, 'link'));
    await symlink(path.join(root, 'in'), path.join(root, 'i'));
    for (const key of ['out/secret', 'link', 'i/file', 'out/root/in/file']) {
      await expect(store.get(key), key).rejects.toThrow(coded('KEY_INVALID'));
      expect(() => store.localPath(key), key).toThrow(coded('KEY_INVALID'));
    }
    await expect(store.put('out/new', bytes('2'))).rejects.toThrow(coded('KEY_INVALID'));
    await expect(store.put('out/new/deep/er', bytes('2'))).rejects.toThrow(coded('KEY_INVALID'));
    expect(await readdir(folder)).toEqual(['root', 'secret']);
    expect(await keys()).toEqual(['in/file']);
  });

  it('may itself be reached through a symbolic link', async () => {
    await mkdir(root);
    await symlink(root, path.join(folder, 'alias'));
    const alias = new DirectoryStore(path.join(folder, 'alias'));
    await alias.put('a/b', bytes('1'));
    expect((await store.get('a/b')).toString()).toBe('1');
  });

  it('says that a root which is a file does not work', async () => {
    await writeFile(root, '');
    await expect(store.put('a', bytes('1'))).rejects.toThrow(coded('STORAGE_FAILED'));
  });

  it('clears away what a killed process left an hour ago, and nothing younger', async () => {
    const temporary = path.join(root, '.alexnet-store/temporary');
    await mkdir(temporary, { recursive: true });
    await writeFile(path.join(temporary, 'old'), '');
    await writeFile(path.join(temporary, 'young'), '');
    await utimes(path.join(temporary, 'old'), 1, Date.now() / 1000 - 3700);
    await store.put('a', bytes('1'));
    expect(await temporaryFiles()).toEqual(['young']);
  });

  it('passes its own check and leaves no probe', async () => {
    await store.check();
    expect(await keys()).toEqual([]);
    expect(await readdir(root)).toEqual(['.alexnet-store']);
  });
});

describe('processes that race', () => {
  const race = (script: string): Promise<string[]> =>
    Promise.all(Array.from({ length: 16 }, () => inProcess(script)));

  it('creates a key once', async () => {
    const results = await race(`
      process.stdout.write(await attempt(store.put('k', Buffer.from(String(process.pid)), { ifNoneMatch: '*' })));`);
    expect(results.sort()).toEqual([...Array<string>(15).fill('OBJECT_PRECONDITION_FAILED'), 'won']);
  });

  it('loses no step of a chain of conditional replacements', async () => {
    await store.put('k', bytes('0'));
    // Each process adds 1 ten times; a lost update would leave fewer than 160.
    const results = await race(`
      for (let done = 0; done < 10; ) {
        const { body, etag } = await store.getWithEtag('k');
        const result = await attempt(store.put('k', Buffer.from(String(Number(body) + 1)), { ifMatch: etag }));
        if (result === 'won') done += 1;
        else if (result !== 'OBJECT_PRECONDITION_FAILED') throw new Error(result);
      }
      process.stdout.write('ok');`);
    expect(new Set(results)).toEqual(new Set(['ok']));
    expect((await store.get('k')).toString()).toBe('160');
    expect(await temporaryFiles()).toEqual([]);
  });

  it('writes and deletes under folders that others empty', async () => {
    const results = await race(`
      for (let i = 0; i < 20; i += 1) {
        const key = 'shared/folder/' + process.pid;
        await store.put(key, Buffer.from('1'));
        await store.delete(key);
      }
      process.stdout.write('ok');`);
    expect(new Set(results)).toEqual(new Set(['ok']));
    expect(await keys()).toEqual([]);
  });

  it('is not stuck behind a process that was killed while it held the lock', async () => {
    const { etag } = await store.put('k', bytes('1'));
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { withKeyLock } from ${JSON.stringify(built.replace('directory.js', 'key-lock.js'))};
       await withKeyLock(${JSON.stringify(path.join(root, '.alexnet-store/locks'))}, 'k', () => {
         process.stdout.write('held');
         return new Promise(() => setInterval(() => {}, 1000));
       });`,
    ]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await temporaryFiles()).toHaveLength(1);
    await store.put('k', bytes('2'), { ifMatch: etag });
    expect((await store.get('k')).toString()).toBe('2');
    expect(await temporaryFiles()).toEqual([]);
  });

  it('shows readers whole objects only, also when the writer is killed', async () => {
    await store.put('k', Buffer.alloc(8_000_000, 'a'));
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      processScript(root, `for (;;) for (const v of 'ab') await store.put('k', Buffer.alloc(8_000_000, v));`),
    ]);
    for (let i = 0; i < 20; i += 1) {
      const body = await store.get('k');
      expect(body.length).toBe(8_000_000);
      expect(body.equals(Buffer.alloc(8_000_000, body.subarray(0, 1)))).toBe(true);
      await sleep(10);
      if (i === 15) child.kill('SIGKILL');
    }
  });
});

describe('a full disk', () => {
  const inNamespace = (script: string): string[] => ['-rm', 'sh', '-c', script];
  const mount = `mkdir -p '/tmp/full' && mount -t tmpfs -o size=1m tmpfs /tmp/full`;
  const able = spawnSync('unshare', inNamespace(mount)).status === 0;
  if (!able)
    console.warn('skipped: a full disk; this system does not let a test mount a small one (unshare -rm)');

  it.skipIf(!able)('gives DISK_FULL, leaves nothing behind and stays usable', () => {
    const script = processScript(
      '/tmp/full',
      `import { readdirSync } from 'node:fs';
       const big = await attempt(store.put('big', Buffer.alloc(2_000_000)));
       const stream = await attempt(store.putStream('big', (async function* () {
         for (let i = 0; i < 40; i += 1) yield Buffer.alloc(50_000);
       })()));
       const left = readdirSync('/tmp/full', { recursive: true });
       const small = await attempt(store.put('small', Buffer.from('1')));
       process.stdout.write(JSON.stringify({ big, stream, left: left.sort(), small }));`,
    );
    const { stdout, stderr } = spawnSync(
      'unshare',
      inNamespace(`${mount} && exec "$NODE" --input-type=module -`),
      {
        input: script,
        env: { ...process.env, NODE: process.execPath },
        encoding: 'utf8',
      },
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      big: 'DISK_FULL',
      stream: 'DISK_FULL',
      left: ['.alexnet-store', '.alexnet-store/locks', '.alexnet-store/temporary'],
      small: 'won',
    });
  });
});
