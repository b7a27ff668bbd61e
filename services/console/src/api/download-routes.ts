import { Readable } from 'node:stream';
import { CheckpointReader } from '@alexnet/checkpoints';
import { readRunSpec } from '@alexnet/pipeline';
import * as z from 'zod';
import { historyCsv } from '../runs/history-csv.ts';
import { CheckpointChoice, selectorOf } from './checkpoint-choice.ts';
import type { Parts, Server } from './parts.ts';
import { Name } from './schemas.ts';

const RunName = z.object({ run: Name });

/** Files of runs, to be saved. */
export function downloadRoutes(server: Server, { backend, histories }: Parts): void {
  const { store } = backend;

  server.get(
    '/runs/:run/checkpoints/:checkpoint/model.safetensors',
    {
      // Weights do not get smaller, and their size is told.
      compress: false,
      schema: {
        tags: ['runs'],
        summary: 'The weights of a checkpoint, as a safetensors file',
        params: RunName.extend({ checkpoint: CheckpointChoice }),
        produces: ['application/octet-stream'],
      },
    },
    async ({ params: { run, checkpoint } }, reply) => {
      const selector = selectorOf(checkpoint);
      await readRunSpec(store, run);
      const { name, model } = await new CheckpointReader(store, run).manifest(selector);
      return await reply
        .type('application/octet-stream')
        .headers({
          ...attachment(`${run}-${name}.safetensors`),
          'content-length': model.size,
          etag: `"${model.sha256}"`,
        })
        .send(await store.getStream(model.key));
    },
  );

  server.get(
    '/runs/:run/history.csv',
    {
      schema: {
        tags: ['runs'],
        summary: 'Every step of its history, as CSV',
        params: RunName,
        produces: ['text/csv'],
      },
    },
    async ({ params: { run } }, reply) =>
      await reply
        .type('text/csv; charset=utf-8')
        .headers(attachment(`${run}-history.csv`))
        .send(Readable.from(historyCsv(await histories.of(run)))),
  );
}

/** Names of runs and checkpoints have no characters that need quoting. */
const attachment = (file: string): { 'content-disposition': string } => ({
  'content-disposition': `attachment; filename="${file}"`,
});
