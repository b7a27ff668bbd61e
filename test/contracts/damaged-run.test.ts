import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointReader, CheckpointWriter } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import {
  auditRun,
  removeDataset,
  removeRun,
  RunHistory,
  resumeRun,
  showRun,
  showRuns,
  type Pipeline,
} from '@alexnet/pipeline';
import { markdownTable } from '../support/markdown.ts';
import { addRun, openPlace, saveCheckpoints, type Place } from '../support/saved-run.ts';

const RUN = 'r';
const KEYS: Record<string, string> = {
  'run.json': 'run.json',
  LATEST: 'LATEST',
  BEST: 'BEST',
  'newest checkpoint.json': 'checkpoints/step-00000006-1/checkpoint.json',
  'older checkpoint.json': 'checkpoints/step-00000004-1/checkpoint.json',
  'newest model': 'checkpoints/step-00000006-1/model.safetensors',
  'newest optimizer': 'checkpoints/step-00000006-1/optimizer.safetensors',
  'newest part of the ledger': 'ledger/step-00000006-1.jsonl',
  'newest part of the history': 'history/step-00000006-1.safetensors',
  'newest overview of the history': 'checkpoints/step-00000006-1/history.safetensors',
};

/** The codes of `0` and `9`. */
const DIGITS = [0x30, 0x39] as const;

const DAMAGES: Record<string, (bytes: Buffer) => Buffer | undefined> = {
  // Of a digit, so that JSON stays JSON.
  'one bit flipped': (bytes) => {
    const at = Math.max(
      bytes.findIndex((byte) => byte >= DIGITS[0] && byte <= DIGITS[1]),
      0,
    );
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  },
  'cut in half': (bytes) => bytes.subarray(0, bytes.length >> 1),
  empty: () => Buffer.alloc(0),
  deleted: () => undefined,
};
const ANY = Object.keys(DAMAGES);
const PRESENT = ANY.slice(0, -1);

/** What a person or a service does with a run. What is shown with an error is as good as thrown here. */
const OPERATIONS: Record<string, (pipeline: Pipeline) => Promise<unknown>> = {
  'run list': async (pipeline) => {
    const runs = await showRuns(pipeline);
    expect(runs.map(({ run }) => run)).toContain('other');
    return shown(runs.find(({ run }) => run === RUN));
  },
  'run show': async (pipeline) => shown(await showRun(pipeline, RUN)),
  'run resume': (pipeline) => resumeRun(pipeline, RUN),
  'run resume --checkpoint 2': (pipeline) => resumeRun(pipeline, RUN, { checkpoint: 2 }),
  'run remove': (pipeline) => removeRun(pipeline, RUN),
  'reading the weights': async ({ store }) => {
    const reader = new CheckpointReader(store, RUN);
    return reader.model(await reader.manifest('latest'));
  },
  audit: ({ store }) => auditRun(store, RUN),
  'run history': async ({ store }) => {
    const history = await RunHistory.open({ store }, RUN);
    // Narrow enough to need the steps themselves.
    await history.series({ points: 100 });
    return history.damaged[0];
  },
  'a trainer takes it up': async ({ store }) => (await CheckpointWriter.claim(store, RUN, 5)).restore(),
  'dataset remove of another': (pipeline) =>
    removeDataset(pipeline, 'e', () => pipeline.queues.additionsInHand('e')),
};

const WORKS = 'works';
const [FORMAT, MISSING] = ['FORMAT_INVALID', 'RUN_NOT_FOUND'] as const;
const [CORRUPT, NONE] = ['CHECKPOINT_CORRUPT', 'CHECKPOINT_NOT_FOUND'] as const;
const show = (code: string): string => `shows ${code}`;

/** The object, how it is damaged, and what comes of each operation, in the order of OPERATIONS. */
const EXPECTED: [object: string, damages: string[], outcomes: string[]][] = [
  ['run.json', PRESENT, [show(FORMAT), FORMAT, FORMAT, FORMAT, WORKS, WORKS, FORMAT, FORMAT, WORKS, WORKS]],
  [
    'run.json',
    ['deleted'],
    ['not in the list', MISSING, MISSING, MISSING, WORKS, WORKS, MISSING, MISSING, WORKS, WORKS],
  ],
  [
    'LATEST',
    ANY,
    [show(CORRUPT), show(CORRUPT), CORRUPT, WORKS, WORKS, CORRUPT, CORRUPT, CORRUPT, CORRUPT, WORKS],
  ],
  ['BEST', ANY, [WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS]],
  [
    'newest checkpoint.json',
    PRESENT,
    [show(CORRUPT), show(CORRUPT), CORRUPT, WORKS, WORKS, CORRUPT, CORRUPT, CORRUPT, CORRUPT, WORKS],
  ],
  [
    'newest checkpoint.json',
    ['deleted'],
    [show(NONE), show(NONE), NONE, WORKS, WORKS, NONE, NONE, NONE, NONE, WORKS],
  ],
  ['older checkpoint.json', ANY, [WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS]],
  ['newest model', ANY, [WORKS, WORKS, WORKS, WORKS, WORKS, CORRUPT, WORKS, WORKS, CORRUPT, WORKS]],
  ['newest optimizer', ANY, [WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, CORRUPT, WORKS]],
  [
    'newest part of the ledger',
    ANY,
    [WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, CORRUPT, WORKS, WORKS, WORKS],
  ],
  [
    'newest part of the history',
    ANY,
    [WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, CORRUPT, WORKS, WORKS],
  ],
  [
    'newest overview of the history',
    ANY,
    [WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, show(CORRUPT), WORKS, WORKS],
  ],
];

const shown = (status: { error: AlexnetError | null } | undefined): unknown => {
  if (status === undefined) return 'not in the list';
  return status.error === null ? undefined : status.error;
};

let place: Place;
beforeAll(async () => {
  place = await openPlace();
  for (const run of [RUN, 'other']) {
    await addRun(place.pipeline, run);
    await saveCheckpoints(place.pipeline, run);
  }
});
afterAll(() => place.close());

async function damage(key: string, how: string): Promise<void> {
  const { store } = place.pipeline;
  const bytes = DAMAGES[how]?.(await store.get(key));
  if (bytes === undefined) await store.delete(key);
  else await store.put(key, bytes);
}

/** What comes of an operation on a run with a damaged object. Every error names the object. */
async function outcomeOf(object: string, how: string, operation: string): Promise<string> {
  const key = `runs/${RUN}/${KEYS[object] ?? ''}`;
  await place.reset();
  await damage(key, how);
  const isNamed = (error: AlexnetError): string =>
    error.message.includes(key) ? error.code : `${error.code} without the key: ${error.message}`;
  try {
    const result = await OPERATIONS[operation]?.(place.pipeline);
    if (result instanceof AlexnetError) return `shows ${isNamed(result)}`;
    return typeof result === 'string' ? result : WORKS;
  } catch (error) {
    if (error instanceof AlexnetError) return isNamed(error);
    throw error;
  }
}

describe('a run with a damaged object', () => {
  it('is looked at in every way', () => {
    const rows = EXPECTED.flatMap(([object, damages]) => damages.map((how) => `${object}, ${how}`));
    expect(rows).toEqual(Object.keys(KEYS).flatMap((object) => ANY.map((how) => `${object}, ${how}`)));
    // The table of docs/reliability.md.
    if (process.env['MARKDOWN'] !== undefined) console.log(markdown());
  });

  const cases = EXPECTED.flatMap(([object, damages, outcomes]) =>
    damages.map((how) => ({ object, how, outcomes })),
  );
  it.each(cases)('$object $how', async ({ object, how, outcomes }) => {
    const actual: string[] = [];
    for (const operation of Object.keys(OPERATIONS)) actual.push(await outcomeOf(object, how, operation));
    expect(actual).toEqual(outcomes);
  });
});

function markdown(): string {
  const head = ['object', 'damage', ...Object.keys(OPERATIONS)];
  const code = (outcome: string): string => outcome.replace(/[A-Z_]{6,}/, '`$&`');
  const rows = EXPECTED.map(([object, damages, outcomes]) => [
    object,
    damages.length === ANY.length ? 'any' : damages.join(', '),
    ...outcomes.map(code),
  ]);
  return markdownTable(head, rows);
}
