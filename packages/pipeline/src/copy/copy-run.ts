import { CheckpointReader, storedFilesOf } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import type { ObjectStore, ObjectToCopy } from '@alexnet/storage';
import { readRunSpec, specDigest, specKey } from '../run-spec.ts';
import { checkTwoStores, copyObjects, type CopyOptions, type CopyReport } from './copy-objects.ts';

/** A run that is trained meanwhile writes checkpoints and removes old ones: it is looked at again so often. */
const PASSES = 5;

/**
 * Copies a run to another store: checkpoints, ledger, history and evaluations, without its dataset. What it names is there before
 * `LATEST`, `BEST` and, at last, `run.json`, so a copy that was cut off is no run; copying again goes on with it. A copy that is
 * there already is brought up to date, and loses the checkpoints that the run no longer keeps.
 * @throws RUN_NOT_FOUND; RUN_EXISTS where the other store has another run of this name, or one that has gone on from the copy;
 * RUN_ACTIVE where checkpoints come faster than they are copied; CHECKPOINT_CORRUPT where its `LATEST` is damaged
 */
export async function copyRun(
  from: ObjectStore,
  run: string,
  to: ObjectStore,
  options: CopyOptions = {},
): Promise<CopyReport> {
  checkTwoStores(from, to);
  const spec = await readRunSpec(from, run);
  await checkCopy(from, to, run, specDigest(spec));
  await to.check();
  const copied = { objects: 0, bytes: 0 };
  for (let pass = 0; pass < PASSES; pass++) {
    const before = await readPointers(from, run);
    const objects = await listObjects(from, run);
    const report = await copyObjects(from, to, objects, options);
    copied.objects += report.copied.objects;
    copied.bytes += report.copied.bytes;
    if (report.gone.length > 0 || !isSame(before, await readPointers(from, run))) continue;
    for (const { key, body } of before)
      if (body === undefined) await to.delete(key);
      else await to.put(key, body);
    await removeOthers(to, run, new Set([...objects, ...before].map(({ key }) => key)));
    return { total: report.total, copied, damaged: report.damaged };
  }
  throw new AlexnetError('RUN_ACTIVE', {
    expected: `${run} to stay as it is while it is copied`,
    actual: `it was changed ${PASSES} times`,
    remedy: `Stop it (\`alexnet run stop ${run}\`), or copy it again when checkpoints come less often. What was copied is not copied again.`,
  });
}

const prefixOf = (run: string): string => `runs/${run}/`;

/** What changes in a run that is trained: in the order in which it is written at the other end. */
const pointersOf = (run: string): string[] => [
  ...['LATEST', 'BEST'].map((name) => prefixOf(run) + name),
  specKey(run),
];

interface Pointer {
  key: string;
  body: Buffer | undefined;
}

async function readPointers(store: ObjectStore, run: string): Promise<Pointer[]> {
  return await Promise.all(
    pointersOf(run).map(async (key) => ({ key, body: (await store.getWithEtag(key))?.body })),
  );
}

const isSame = (before: readonly Pointer[], after: readonly Pointer[]): boolean =>
  before.every(({ body }, i) => {
    const now = after[i]?.body;
    return body === undefined || now === undefined ? body === now : body.equals(now);
  });

async function listObjects(store: ObjectStore, run: string): Promise<ObjectToCopy[]> {
  const files = await storedFilesOf({ store, run });
  const pointers = new Set(pointersOf(run));
  const objects: ObjectToCopy[] = [];
  for await (const { key, size } of store.list(prefixOf(run)))
    if (!pointers.has(key)) objects.push({ key, size, ...files.get(key) });
  return objects;
}

/** What the run has no more, or what a copy that was cut off has left. */
async function removeOthers(store: ObjectStore, run: string, keys: ReadonlySet<string>): Promise<void> {
  const others: string[] = [];
  for await (const { key } of store.list(prefixOf(run))) if (!keys.has(key)) others.push(key);
  for (const key of others) await store.delete(key);
}

/** @throws RUN_EXISTS where what is there is no earlier copy */
async function checkCopy(from: ObjectStore, to: ObjectStore, run: string, digest: string): Promise<void> {
  const stepOf = async (store: ObjectStore): Promise<number> =>
    (await new CheckpointReader(store, run).latestPointer())?.value.step ?? 0;
  const own = await stepOf(from);
  if ((await to.head(specKey(run))) === undefined) return;
  const there = await readRunSpec(to, run);
  if (specDigest(there) !== digest) throw exists(to, run, 'another run');
  const other = await stepOf(to);
  if (other > own) throw exists(to, run, `one that has gone on to step ${other}, beyond step ${own}`);
}

const exists = (to: ObjectStore, run: string, actual: string): AlexnetError =>
  new AlexnetError('RUN_EXISTS', {
    expected: `no run ${run} in ${to.url}, or an earlier copy of this one`,
    actual,
    remedy: 'Remove it there first if it is no longer needed, or copy to another prefix.',
  });
