import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { batchesOf } from '@alexnet/batches';
import {
  CheckpointReader,
  CheckpointWriter,
  EMPTY_CHAIN,
  extendChain,
  Overview,
  parseLedger,
  parseSegment,
} from '@alexnet/checkpoints';
import { stepRecord } from '@alexnet/checkpoints/testing';
import { readManifest } from '@alexnet/datasets';
import { makeDataset } from '@alexnet/datasets/testing';
import { plainFile } from '@alexnet/images/testing';
import { resolveProfile } from '@alexnet/model';
import {
  auditRun,
  figuresOf,
  keepEvaluation,
  passOf,
  readEvaluation,
  readRunSpec,
  specDigest,
} from '@alexnet/pipeline';
import type { EvaluationReport, RunSpec } from '@alexnet/pipeline';
import { checkedJson, openStore, sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { asObject, isForged, raw } from '../parser.ts';
import type { Parser } from '../parser.ts';
import { headerOf, withHeader } from './weights.ts';

const RUN = 'r';
const SAMPLES = 6;
const SLICE = 'a'.repeat(32);

interface MadeRun {
  store: ObjectStore;
  /** Path of an object of the run. */
  file: (name: string) => string;
  read: (name: string) => Buffer;
}

/** A run of two steps over six samples, with a checkpoint. */
async function makeRun(folder: string): Promise<MadeRun> {
  const source = path.join(folder, 'source');
  for (const name of ['a', 'b']) {
    mkdirSync(path.join(source, name), { recursive: true });
    for (let i = 0; i < SAMPLES / 2; i++)
      writeFileSync(path.join(source, name, `${i}.png`), await plainFile(9, 9, [i, 9, 9]));
  }
  const place = path.join(folder, 'store');
  const store = openStore(pathToFileURL(place).href);
  await makeDataset(store, { name: 'd', source, valFraction: 0, seed: 1, shardSize: 4, side: 16 });
  const file = (name: string): string => path.join(place, 'runs', RUN, name);
  await writeSpec(store, file);
  await writeCheckpoint(store);
  return { store, file, read: (name) => readFileSync(file(name)) };
}

async function writeSpec(store: ObjectStore, file: MadeRun['file']): Promise<void> {
  const { name, digest, classes } = await readManifest(store, 'd');
  const spec: RunSpec = {
    version: 1,
    run: RUN,
    dataset: { name, digest, classes, train: SAMPLES, val: 0 },
    profile: resolveProfile('demo', ['batchSize=4', 'sliceSize=4']),
    seed: 1,
    keep: 1,
  };
  mkdirSync(path.dirname(file('run.json')), { recursive: true });
  writeFileSync(file('run.json'), checkedJson(spec));
}

async function writeCheckpoint(store: ObjectStore): Promise<void> {
  const writer = await CheckpointWriter.claim(store, RUN, 1);
  const steps = [
    { step: 0, epoch: 0, batch: 0, slices: [{ digest: SLICE, samples: Uint32Array.of(0, 1, 2, 3) }] },
    { step: 1, epoch: 0, batch: 1, slices: [{ digest: SLICE, samples: Uint32Array.of(4, 5) }] },
  ];
  const tensors = new Map([['fc8/kernel', { shape: [2], data: Float32Array.of(1, 2) }]]);
  await writer.save({
    step: 2,
    cursor: { epoch: 1, batch: 0 },
    digest: steps.reduce(extendChain, EMPTY_CHAIN),
    finished: false,
    validationError: 0.5,
    training: { history: [], progress: null },
    model: tensors,
    optimizer: tensors,
    ledger: steps,
    history: { steps: steps.map((entry) => stepRecord(entry.step)), events: [EVENT] },
  });
}

const EVENT = { kind: 'checkpoint', step: 2, at: 1e12, name: 'step-00000002-1' } as const;

const FOLDER = 'checkpoints/step-00000002-1';
const SEGMENT = 'history/step-00000002-1.safetensors';
const LEDGER = 'ledger/step-00000002-1.jsonl';

const specParser: Parser = {
  name: 'run-spec',
  async open(folder) {
    const { store, file, read } = await makeRun(folder);
    return {
      documents: [{ bytes: read('run.json'), form: 'json' }],
      async read(bytes) {
        writeFileSync(file('run.json'), isForged(bytes) ? withChecksum(bytes) : bytes);
        const spec = await readRunSpec(store, RUN);
        specDigest(spec);
        return batchesOf(passOf(spec, 'train', 'train', { epoch: 0 })).next();
      },
    };
  },
};

const checkpointParser: Parser = {
  name: 'checkpoint',
  async open(folder) {
    const { store, file, read } = await makeRun(folder);
    const reader = new CheckpointReader(store, RUN);
    return {
      documents: [{ bytes: read(`${FOLDER}/checkpoint.json`), form: 'json' }],
      async read(bytes) {
        writeFileSync(file(`${FOLDER}/checkpoint.json`), isForged(bytes) ? withChecksum(bytes) : bytes);
        const manifest = await reader.manifest('latest');
        await reader.model(manifest);
        await reader.optimizer(manifest);
        for (const segment of manifest.ledger) parseLedger(await reader.ledger(segment));
      },
    };
  },
};

const historyParser: Parser = {
  name: 'history',
  async open(folder) {
    const { read } = await makeRun(folder);
    const [segment, overview] = [read(SEGMENT), read(`${FOLDER}/history.safetensors`)];
    return {
      documents: [raw(segment), raw(overview), headerOf(segment), headerOf(overview)],
      read(bytes, document) {
        const whole = document < 2 ? bytes : withHeader(bytes, document === 2 ? segment : overview);
        return document % 2 === 0 ? parseSegment(whole, SEGMENT) : Overview.parse(whole, FOLDER);
      },
    };
  },
};

const pointerParser: Parser = {
  name: 'pointers',
  async open(folder) {
    const { store, file, read } = await makeRun(folder);
    const reader = new CheckpointReader(store, RUN);
    return {
      documents: ['LATEST', 'BEST'].map((name) => ({ bytes: read(name), form: 'json' })),
      async read(bytes, document) {
        const [name, which] = document === 0 ? (['LATEST', 'latest'] as const) : (['BEST', 'best'] as const);
        writeFileSync(file(name), isForged(bytes) ? withChecksum(bytes) : bytes);
        if (which === 'best') await reader.best();
        else await reader.latest();
        await reader.manifest(which);
      },
    };
  },
};

const ledgerParser: Parser = {
  name: 'ledger',
  async open(folder) {
    const { read } = await makeRun(folder);
    return {
      documents: [{ bytes: read(LEDGER).subarray(0, -1), form: 'lines' }],
      read: (bytes) => parseLedger(bytes).reduce(extendChain, EMPTY_CHAIN),
    };
  },
};

const REPORT: EvaluationReport = {
  ...{ version: 1, run: RUN, checkpoint: 'step-00000002-1', step: 2, views: 1 },
  ...{ count: 3, loss: 1, top1Error: 1 / 3, top5Error: 0 },
  perClass: { images: [2, 1], top1: [1, 1], top5: [2, 1], predicted: [1, 2] },
  ...{ confusions: [{ label: 0, predicted: 1, images: 1 }], confusionsLeftOut: 0 },
  mistakes: [{ id: 0, name: 'a/0.png', label: 0, predicted: 1, probability: 0.5 }],
};

const evaluationParser: Parser = {
  name: 'evaluation',
  async open(folder) {
    const { store, file, read } = await makeRun(folder);
    const spec = await readRunSpec(store, RUN);
    const key = await keepEvaluation(store, spec, REPORT);
    const name = key.slice(`runs/${RUN}/`.length);
    return {
      documents: [{ bytes: read(name), form: 'json' }],
      async read(bytes) {
        writeFileSync(file(name), isForged(bytes) ? withChecksum(bytes) : bytes);
        return figuresOf(await readEvaluation(store, key), spec.dataset.classes);
      },
    };
  },
};

/** The checkpoint's manifest on the first line, the ledger on those after it. */
const auditParser: Parser = {
  name: 'audit',
  async open(folder) {
    const { store, file, read } = await makeRun(folder);
    const manifest = JSON.stringify(JSON.parse(read(`${FOLDER}/checkpoint.json`).toString()));
    const document = Buffer.from(`${manifest}\n${read(LEDGER).toString().trimEnd()}`);
    return {
      documents: [{ bytes: document, form: 'lines' }],
      async read(bytes) {
        const end = bytes.indexOf('\n');
        const [head, ledger] =
          end < 0 ? [bytes, Buffer.alloc(0)] : [bytes.subarray(0, end), bytes.subarray(end + 1)];
        writeFileSync(file(LEDGER), ledger);
        writeFileSync(file(`${FOLDER}/checkpoint.json`), isForged(bytes) ? withLedger(head, ledger) : head);
        return await auditRun(store, RUN);
      },
    };
  },
};

/** The manifest with the size and digest that the ledger has. */
function withLedger(head: Buffer, ledger: Buffer): Buffer {
  const segments = asObject(head)?.['ledger'];
  if (!Array.isArray(segments)) return head;
  const right = { size: ledger.length, sha256: sha256Hex(ledger) };
  const repaired = segments.map((segment: unknown) =>
    typeof segment === 'object' && segment !== null ? { ...segment, ...right } : segment,
  );
  try {
    return withChecksum(Buffer.from(JSON.stringify({ ...asObject(head), ledger: repaired })));
  } catch {
    // Nested too deeply to be written again.
    return head;
  }
}

function withChecksum(bytes: Buffer): Buffer {
  const value = asObject(bytes);
  if (value === undefined) return bytes;
  try {
    return checkedJson({ ...value, checksum: undefined });
  } catch {
    // Nested too deeply to be written again.
    return bytes;
  }
}

export const runs: readonly Parser[] = [
  specParser,
  checkpointParser,
  pointerParser,
  historyParser,
  ledgerParser,
  auditParser,
  evaluationParser,
];
