import { CheckpointReader, storedFilesOf, type StoredFile } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import type { ObjectStore, ObjectToCopy } from '@alexnet/storage';
import { readRunSpec, specDigest, specKey, type RunSpec } from '../run-spec.ts';
import { amountOf, checkTwoStores, copyObjects, type CopyOptions, type CopyReport } from './copy-objects.ts';

/** A run that is trained meanwhile writes checkpoints and removes old ones: it is looked at again so often. */
const PASSES = 5;

/**
 * Copies a run to another store: checkpoints, ledger, history and evaluations, without its dataset. What it names is there before
 * `LATEST`, `BEST` and, at last, `run.json`, so a copy that was cut off is no run; copying again goes on with it. A copy that is
 * there already is brought up to date, and loses the checkpoints that the run no longer keeps, unless something is damaged.
 * @throws RUN_NOT_FOUND; RUN_EXISTS where the other store has another run of this name, or a copy that was trained there;
 * RUN_ACTIVE where checkpoints come faster than they are copied; CHECKPOINT_CORRUPT where its `LATEST` is damaged,
 * or its newest checkpoint and an earlier copy is there
 */
export async function copyRun(
  from: ObjectStore,
  run: string,
  to: ObjectStore,
  options: CopyOptions = {},
): Promise<CopyReport> {
  const spec = await readRunSpec(from, run);
  await checkTwoStores(from, to);
  await checkCopy(from, to, spec);
  await to.check();
  const copied = amountOf([]);
  /** Files that are never changed, and are there. */
  const there = new Set<string>();
  let goneBefore = new Set<string>();
  for (let pass = 0; pass < PASSES; pass++) {
    const before = await readPointers(from, run);
    const { objects, damaged } = await listObjects(from, spec);
    const wanted = objects.filter(({ key }) => !there.has(key));
    const isManifest = ({ key }: ObjectToCopy): boolean => key.endsWith('/checkpoint.json');
    const groups = [wanted.filter((each) => !isManifest(each)), wanted.filter(isManifest)];
    const report = await copyObjects(from, to, groups, options);
    copied.objects += report.copied.objects;
    copied.bytes += report.copied.bytes;
    const failed = new Set([...report.gone, ...report.damaged]);
    for (const { key, sha256 } of wanted) if (sha256 !== undefined && !failed.has(key)) there.add(key);
    // What is gone once may have been removed with an old checkpoint.
    const isMissing = report.gone.every((key) => goneBefore.has(key));
    goneBefore = new Set(report.gone);
    if (!isMissing || !isSame(before, await readPointers(from, run))) continue;
    for (const { key, body } of before)
      if (body === undefined) await to.delete(key);
      else await to.put(key, body);
    const lost = [...damaged, ...report.damaged, ...report.gone].sort();
    if (lost.length === 0)
      await removeOthers(to, run, new Set([...objects, ...before].map(({ key }) => key)));
    return { total: amountOf(objects), copied, damaged: lost };
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

/** What there is, and what should be; without the checkpoints of which nobody knows what belongs to them. */
async function listObjects(
  store: ObjectStore,
  { run, init }: RunSpec,
): Promise<{ objects: ObjectToCopy[]; damaged: string[] }> {
  const { files, damaged } = await storedFilesOf({ store, run });
  const named = new Map<string, StoredFile>([
    ...files,
    ...(init === undefined ? [] : [[init.key, init] as const]),
  ]);
  const pointers = new Set(pointersOf(run));
  const objects = new Map<string, ObjectToCopy>();
  for await (const { key, size } of store.list(prefixOf(run)))
    if (!pointers.has(key) && !damaged.some((folder) => key.startsWith(folder)))
      objects.set(key, { key, size });
  for (const { key, size, sha256 } of named.values()) objects.set(key, { key, size, sha256 });
  return { objects: [...objects.values()], damaged: damaged.map((folder) => `${folder}checkpoint.json`) };
}

/** What the run has no more, or what a copy that was cut off has left; not evaluations, which may have been made there. */
async function removeOthers(store: ObjectStore, run: string, keys: ReadonlySet<string>): Promise<void> {
  const others: string[] = [];
  for await (const { key } of store.list(prefixOf(run)))
    if (!keys.has(key) && !key.startsWith(`${prefixOf(run)}evaluations/`)) others.push(key);
  for (const key of others) await store.delete(key);
}

/** @throws RUN_EXISTS where what is there is no earlier copy: then its ledger is the beginning of the run's */
async function checkCopy(from: ObjectStore, to: ObjectStore, spec: RunSpec): Promise<void> {
  const { run } = spec;
  await new CheckpointReader(from, run).latestPointer();
  if ((await to.head(specKey(run))) === undefined) return;
  const there = await readRunSpec(to, run);
  if (specDigest(there) !== specDigest(spec)) throw exists(to, run, 'another run');
  const [own, other] = [await standOf(from, run), await standOf(to, run)];
  const isBeginning = other.ledger.every((digest, i) => digest === own.ledger[i]);
  if (other.fence > own.fence || !isBeginning)
    throw exists(
      to,
      run,
      `a copy that was trained there, to step ${other.step}; this one is at step ${own.step}`,
    );
}

/** How far a run has come, and by what. */
async function standOf(
  store: ObjectStore,
  run: string,
): Promise<{ step: number; fence: number; ledger: string[] }> {
  const reader = new CheckpointReader(store, run);
  const fence = (await reader.latestPointer())?.value.fence ?? 0;
  const latest = await reader.latest();
  return { step: latest?.step ?? 0, fence, ledger: latest?.ledger.map(({ sha256 }) => sha256) ?? [] };
}

const exists = (to: ObjectStore, run: string, actual: string): AlexnetError =>
  new AlexnetError('RUN_EXISTS', {
    expected: `no run ${run} in ${to.url}, or an earlier copy of this one`,
    actual,
    remedy: 'Remove it there first if it is no longer needed, or copy to another prefix.',
  });
