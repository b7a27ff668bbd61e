import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryStore } from './directory.ts';

const built = fileURLToPath(new URL('../dist/directory.js', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet faults '));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const OPERATIONS: Record<string, (store: DirectoryStore) => Promise<unknown>> = {
  get: (store) => store.get('a/k'),
  getWithEtag: (store) => store.getWithEtag('a/k'),
  getStream: async (store) => (await store.getStream('a/k')).destroy(),
  head: (store) => store.head('a/k'),
  list: (store) => store.list('').next(),
  folders: (store) => store.folders('a/'),
  put: (store) => store.put('a/k', Buffer.from('2')),
  putStream: (store) => store.putStream('a/k', chunks()),
  create: (store) => store.put('a/new', Buffer.from('2'), { ifNoneMatch: '*' }),
  delete: (store) => store.delete('a/k'),
};
const all = Object.entries(OPERATIONS);

async function* chunks(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('2'));
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => 'done',
    (error: unknown) => error,
  );
}

describe.each([
  ['is a file', 'file'],
  ['lies in a file', 'file/root'],
])('a root that %s', (_, place) => {
  it.each(all)('is named by %s', async (_operation, operate) => {
    const root = path.join(folder, place);
    await writeFile(path.join(folder, 'file'), '');
    expect(await failure(operate(new DirectoryStore(root)))).toMatchObject({
      code: 'STORAGE_FAILED',
      expected: expect.stringContaining(root) as string,
    });
  });
});

describe.each([
  ['is gone', (root: string) => rename(root, `${root} elsewhere`)],
  [
    'is an empty folder, as below a file system that is not mounted any more',
    async (root: string) => {
      await rename(root, `${root} elsewhere`);
      await mkdir(root);
    },
  ],
])('a root that was there and %s', (_, vanish) => {
  it.each(all)('is not reachable to %s, and good again when it is back', async (_operation, operate) => {
    const root = path.join(folder, 'root');
    const store = new DirectoryStore(root);
    await store.put('a/k', Buffer.from('1'));
    await vanish(root);
    expect(await failure(operate(store))).toMatchObject({
      code: 'STORAGE_UNREACHABLE',
      expected: expect.stringContaining(root) as string,
    });
    await rm(root, { recursive: true, force: true });
    await rename(`${root} elsewhere`, root);
    expect((await store.get('a/k')).toString()).toBe('1');
    expect(await failure(operate(store))).not.toHaveProperty('code');
  });
});

it('makes its folders again where somebody removed them', async () => {
  const root = path.join(folder, 'root');
  const store = new DirectoryStore(root);
  await store.put('k', Buffer.from('1'));
  await rm(path.join(root, '.alexnet-store'), { recursive: true });
  await store.put('k', Buffer.from('2'));
  expect((await store.get('k')).toString()).toBe('2');
});

/** Codes of all operations, from a process that a shell command starts as `$NODE`. */
function codesIn(command: string, root: string): Record<string, string> {
  const operations = all.map(([name, operate]) => `${name}: ${operate.toString()}`).join(',\n');
  const script = `import { DirectoryStore } from ${JSON.stringify(built)};
    const store = new DirectoryStore(${JSON.stringify(root)});
    ${chunks.toString()}
    const codes = {};
    for (const [name, operate] of Object.entries({ ${operations} }))
      codes[name] = await operate(store).then(() => 'done', (error) => error.code + ' ' + error.expected);
    process.stdout.write(JSON.stringify(codes));`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command], {
    env: { ...process.env, NODE: process.execPath, ROOT: root, SCRIPT: script },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Record<string, string>;
}
const RUN = 'exec "$NODE" --input-type=module -e "$SCRIPT"';

describe('a file system that says no', () => {
  const able = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /tmp']).status === 0;
  if (!able)
    console.warn('skipped: a read-only store; this system does not let a test mount one (unshare -rm)');
  const privileged = process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;
  if (!privileged) console.warn('skipped: a store of another user; this test needs root and setpriv');

  it.skipIf(!able)('because it is read-only: reading goes on, writing is denied', async () => {
    const root = path.join(folder, 'root');
    await new DirectoryStore(root).put('a/k', Buffer.from('1'));
    const mounted = `mount --bind "$ROOT" "$ROOT" && mount -o remount,bind,ro "$ROOT" && ${RUN}`;
    const codes = codesIn(`unshare -rm sh -c '${mounted}'`, root);
    for (const [name, code] of Object.entries(codes)) {
      if (['put', 'putStream', 'create', 'delete'].includes(name)) {
        expect(code, name).toMatch(/^STORAGE_DENIED /);
        expect(code, name).toContain(root);
      } else expect(code, name).toBe('done');
    }
  });

  it.skipIf(!privileged)('because it belongs to another user', async () => {
    const root = path.join(folder, 'root');
    await new DirectoryStore(root).put('a/k', Buffer.from('1'));
    const NOBODY = 65_534;
    await chown(root, NOBODY, NOBODY);
    await chmod(root, 0o700);
    // Root without its privileges, and not another user, who may not be allowed to run this Node.
    const codes = codesIn(`setpriv --bounding-set=-all --inh-caps=-all sh -c '${RUN}'`, root);
    for (const [name, code] of Object.entries(codes)) {
      expect(code, name).toMatch(/^STORAGE_DENIED /);
      expect(code, name).toContain(root);
    }
  });

  it('because too many files are open', async () => {
    const root = path.join(folder, 'root');
    await new DirectoryStore(root).put('a/k', Buffer.from('1'));
    const script = `import { openSync } from 'node:fs';
      import { DirectoryStore } from ${JSON.stringify(built)};
      const store = new DirectoryStore(${JSON.stringify(root)});
      try { for (;;) openSync('/dev/null'); } catch { /* no more */ }
      const code = await store.get('a/k').then(() => 'done', (error) => error.code + ' ' + error.remedy);
      process.stdout.write(code);`;
    const { stdout } = spawnSync('sh', ['-c', `ulimit -n 256; ${RUN}`], {
      env: { ...process.env, NODE: process.execPath, SCRIPT: script },
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^STORAGE_FAILED .*ulimit/);
  });
});
