import path from 'node:path';
import { messageOf } from '@alexnet/core';
import { removeDataset } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { Chronicle } from './chronicle.ts';
import { disturbAll, together } from './disturb.ts';
import type { Fault } from './fault.ts';
import { datasetSpec, ingest } from './ingest.ts';
import { leftovers } from './leftovers.ts';
import { firstOf, schedule, type Appointment } from './schedule.ts';
import { startTestbed, type Testbed } from './testbed.ts';
import { DATASET, faultsOf, train, type Outcome } from './training.ts';
import { Work } from './work.ts';

export interface SuiteOptions {
  seed: number;
  minutes: number;
  faults: readonly Fault[];
  /** One, or two. */
  sliceServers: number;
  /** Of each run. */
  epochs: number;
  /** Datasets made between two runs. */
  ingests: number;
  /** Environment of the services after the undisturbed run, for a mutant. */
  environment?: NodeJS.ProcessEnv;
  /** Whether the logs of a suite that failed stay. */
  keepLogs: boolean;
  print: (line: string) => void;
}

export interface Report {
  seed: number;
  minutes: number;
  runs: number;
  datasets: number;
  happenings: Chronicle['happenings'];
  skipped: { name: string; reason: string }[];
  problems: string[];
}

const WORKERS = 2;
const SHARD_SIZE = 48;
const PRINTED = 12;

/** Trains and ingests under faults, for as many minutes, and compares with what comes of it undisturbed. */
export async function runSuite(options: SuiteOptions): Promise<Report> {
  const { seed, minutes, print } = options;
  const chronicle = new Chronicle(print);
  const skipped = options.faults.flatMap((fault) => {
    const reason = fault.unavailable?.(options.sliceServers);
    return reason === undefined ? [] : [{ name: fault.name, reason }];
  });
  for (const { name, reason } of skipped) print(`skipped: ${name}: ${reason}`);
  const faults = options.faults.filter(({ name }) => !skipped.some((fault) => fault.name === name));
  print(`seed ${seed}, ${minutes} minutes. The first faults:`);
  for (const kind of ['training', 'ingest'] as const) {
    print(`  ${kind}: ${firstOf(seed, kind, faults, PRINTED).join('; ') || 'none'}`);
  }
  const suite = new Suite(
    await startTestbed({
      workers: WORKERS,
      sliceServers: options.sliceServers,
      note: (line) => chronicle.note(line),
    }),
    {
      ...{ chronicle, options },
      appointments: {
        training: schedule(seed, 'training', faults),
        ingest: schedule(seed, 'ingest', faults),
      },
    },
  );
  await suite.run();
  const { happenings, problems } = chronicle;
  return { seed, minutes, ...suite.counts, happenings, skipped, problems };
}

interface Parts {
  chronicle: Chronicle;
  options: SuiteOptions;
  appointments: Readonly<Record<Work['kind'], Iterator<Appointment, void>>>;
}

interface Pictures {
  source: string;
  digest: string;
}

class Suite {
  readonly counts = { runs: 0, datasets: 0 };
  readonly #testbed: Testbed;
  readonly #parts: Parts;

  constructor(testbed: Testbed, parts: Parts) {
    this.#testbed = testbed;
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { chronicle } = this.#parts;
    try {
      await this.#prepareAndDisturb();
      await this.#testbed.stopServices();
      for (const left of await leftovers(this.#testbed)) chronicle.problem(left);
    } catch (error) {
      chronicle.problem(messageOf(error));
    } finally {
      const keep = this.#parts.options.keepLogs && chronicle.problems.length > 0;
      if (keep) chronicle.note(`logs are kept in ${this.#testbed.folder}`);
      await this.#testbed.close(keep);
    }
  }

  async #prepareAndDisturb(): Promise<void> {
    const testbed = this.#testbed;
    const { chronicle, options } = this.#parts;
    const few = await drawShapes(path.join(testbed.folder, 'few'), { train: 32, val: 6 });
    await testbed.startServices();
    const { pipeline } = testbed;
    await ingest(pipeline, new Work('ingest', DATASET), datasetSpec(DATASET, few, SHARD_SIZE), chronicle);
    const many = options.ingests === 0 ? undefined : await this.#manyPictures();
    const { epochs } = options;
    const reference = await train(pipeline, new Work('training', 'undisturbed'), { epochs, chronicle });
    chronicle.note(`undisturbed: model ${reference.model}, digest ${reference.digest}`);
    if (options.environment !== undefined) await testbed.restartServices(options.environment);

    const deadline = chronicle.now() + 60 * options.minutes;
    const isOver = (): boolean => chronicle.now() > deadline || chronicle.problems.length > 0;
    while (!isOver()) {
      await this.#trainOnce(reference, isOver);
      for (let i = 0; many !== undefined && i < options.ingests && !isOver(); i++) {
        await this.#ingestOnce(many, isOver);
      }
    }
  }

  /** Enough to take some seconds to be made into a dataset, and the digest that it has undisturbed. */
  async #manyPictures(): Promise<Pictures> {
    const { folder, pipeline } = this.#testbed;
    const source = await drawShapes(path.join(folder, 'many'), { train: 160, val: 10 }, 640);
    const work = new Work('ingest', 'undisturbed');
    const spec = datasetSpec(work.name, source, SHARD_SIZE);
    const digest = await ingest(pipeline, work, spec, this.#parts.chronicle);
    await removeDataset(pipeline, work.name, () => pipeline.queues.additionsInHand(work.name));
    return { source, digest };
  }

  async #trainOnce(reference: Outcome, until: () => boolean): Promise<void> {
    const { chronicle, appointments, options } = this.#parts;
    const { epochs } = options;
    const work = new Work('training', `run-${++this.counts.runs}`);
    const outcome = await together(
      work,
      train(this.#testbed.pipeline, work, { epochs, chronicle }),
      disturbAll(this.#testbed, work, appointments.training, { chronicle, until }),
    );
    const faults = await faultsOf(this.#testbed.pipeline, work.name, outcome, reference);
    for (const fault of faults) chronicle.problem(fault);
    if (faults.length === 0) chronicle.note(`${work.name} is done, as undisturbed`);
  }

  async #ingestOnce({ source, digest: undisturbed }: Pictures, until: () => boolean): Promise<void> {
    const { chronicle, appointments } = this.#parts;
    const work = new Work('ingest', `dataset-${++this.counts.datasets}`);
    const digest = await together(
      work,
      ingest(this.#testbed.pipeline, work, datasetSpec(work.name, source, SHARD_SIZE), chronicle),
      disturbAll(this.#testbed, work, appointments.ingest, { chronicle, until }),
    );
    if (digest === undisturbed) chronicle.note(`${work.name} is done, as undisturbed`);
    else chronicle.problem(`${work.name}: manifest ${digest}, undisturbed ${undisturbed}`);
    const { pipeline } = this.#testbed;
    await removeDataset(pipeline, work.name, () => pipeline.queues.additionsInHand(work.name));
  }
}
