import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { metricsAt } from '@alexnet/checkpoints';
import { AlexnetError, messageOf } from '@alexnet/core';
import type { RunHistory } from '@alexnet/pipeline';
import { writeEventFile, type Scalars } from './event-file.ts';

/**
 * Writes the history of a run as event files: OUT/RUN/train with every step and OUT/RUN/validation with every validation. Both use the same
 * tags, so that TensorBoard draws them into one chart. Steps are numbered from 0, validations by the updates made before them. Returns the
 * files; they replace those of an earlier export.
 * @throws USAGE where `out` cannot be created; CHECKPOINT_CORRUPT for a damaged segment of the history
 */
export async function exportEvents(history: RunHistory, out: string): Promise<string[]> {
  const first = history.events[0]?.at ?? 0;
  const parts: [string, AsyncIterable<Scalars> | Iterable<Scalars>][] = [
    ['train', steps(history)],
    ['validation', validations(history)],
  ];
  const files: string[] = [];
  for (const [name, scalars] of parts) {
    const folder = path.join(out, history.run, name);
    await makeFolder(folder);
    // TensorBoard reads a folder's files in the order of their names, which begin with a time in seconds.
    const file = path.join(folder, `events.out.tfevents.${Math.floor(first / 1000)}.alexnet`);
    await writeEventFile(file, first, scalars);
    files.push(file);
  }
  return files;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new AlexnetError('USAGE', {
      expected: `${folder} to be a folder, or one that can be made`,
      actual: messageOf(cause),
      remedy: 'Name another folder with --out.',
      cause,
    });
  }
}

async function* steps(history: RunHistory): AsyncGenerator<Scalars> {
  for await (const columns of history.columns()) {
    for (const [index, at] of columns.at.entries()) {
      const { loss, top1Error, top5Error, learningRate, ...timed } = metricsAt(columns, index);
      const speed = { images_per_second: timed.imagesPerSecond, data_wait: timed.dataWait };
      yield {
        at,
        step: columns.fromStep + index,
        values: {
          ...{ loss, top1_error: top1Error, top5_error: top5Error, learning_rate: learningRate },
          // A clock that stood still says nothing about the speed.
          ...(Number.isNaN(speed.images_per_second) ? {} : speed),
        },
      };
    }
  }
}

function* validations({ events }: RunHistory): Generator<Scalars> {
  for (const event of events) {
    if (event.kind !== 'validation') continue;
    const { at, step, loss, top1Error, top5Error } = event;
    yield { at, step, values: { loss, top1_error: top1Error, top5_error: top5Error } };
  }
}
