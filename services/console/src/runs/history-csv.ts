import { metricsAt } from '@alexnet/checkpoints';
import type { RunHistory } from '@alexnet/pipeline';
import { stringify } from 'csv-stringify/sync';
import { isoTime } from './run-row.ts';

const COLUMNS = [
  ...['step', 'epoch', 'time', 'loss', 'top1_error', 'top5_error'],
  ...['learning_rate', 'images_per_second', 'data_wait'],
];

/**
 * Every step of a history as CSV (RFC 4180), a piece at a time. Epochs are counted from 1, steps from 0.
 * @throws CHECKPOINT_CORRUPT for a damaged segment
 */
export async function* historyCsv(history: RunHistory): AsyncGenerator<string> {
  yield stringify([COLUMNS]);
  for await (const columns of history.columns()) {
    const rows = Array.from(columns.at, (at, index) => {
      const step = columns.fromStep + index;
      const metrics = metricsAt(columns, index);
      const epoch = Math.floor(step / history.batchesPerEpoch) + 1;
      const { loss, top1Error, top5Error, learningRate, imagesPerSecond, dataWait } = metrics;
      const values = [loss, top1Error, top5Error, learningRate, imagesPerSecond, dataWait];
      return [step, epoch, isoTime(at), ...values.map((value) => (Number.isNaN(value) ? '' : value))];
    });
    yield stringify(rows);
  }
}
