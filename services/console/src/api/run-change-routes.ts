import { queueEvaluation, removeRun, resolveRunWish, resumeRun, startRun, stopRun } from '@alexnet/pipeline';
import * as z from 'zod';
import type { Parts, Server } from './parts.ts';
import { checkConfirmation } from './confirmation.ts';
import { Accepted, Confirmation, EvaluateRun, Name, ResumeRun, StartRun } from './schemas.ts';

const RunName = z.object({ run: Name });
/** As of `alexnet train`. */
const KEPT_CHECKPOINTS = 3;
const common = { tags: ['runs'], security: [{ token: [] }] };

/** Changes of runs. Each does what the command of the same name does. */
export function runChangeRoutes(server: Server, { backend, runs }: Parts): void {
  server.post(
    '/runs',
    { schema: { ...common, summary: 'Start a run', body: StartRun, response: { 202: Accepted } } },
    async ({ body: { set: assignments, ...wish } }, reply) => {
      const pipeline = await backend.pipeline();
      const { request } = await resolveRunWish(pipeline.store, {
        ...wish,
        assignments,
        keep: KEPT_CHECKPOINTS,
      });
      await startRun(pipeline, request);
      runs.forget(request.run);
      return await reply.status(202).send({ name: request.run });
    },
  );

  server.post(
    '/runs/:run/stop',
    {
      schema: {
        ...common,
        summary: 'Finish the step, write a checkpoint and stop',
        params: RunName,
        response: { 202: Accepted },
      },
    },
    async ({ params: { run } }, reply) => {
      await stopRun(await backend.pipeline(), run);
      runs.forget(run);
      return await reply.status(202).send({ name: run });
    },
  );

  server.post(
    '/runs/:run/resume',
    {
      schema: {
        ...common,
        summary: 'Continue a stopped run, or extend a finished one',
        params: RunName,
        body: ResumeRun,
        response: { 202: Accepted },
      },
    },
    async ({ params: { run }, body: { checkpoint, set: assignments } }, reply) => {
      await resumeRun(await backend.pipeline(), run, { checkpoint, assignments });
      runs.forget(run);
      return await reply.status(202).send({ name: run });
    },
  );

  server.post(
    '/runs/:run/evaluate',
    {
      schema: {
        ...common,
        summary: 'Measure a checkpoint on the validation images',
        params: RunName,
        body: EvaluateRun,
        response: { 202: Accepted },
      },
    },
    async ({ params: { run }, body }, reply) => {
      const pipeline = await backend.pipeline();
      await queueEvaluation(pipeline, run, body);
      return await reply.status(202).send({ name: run });
    },
  );

  server.delete(
    '/runs/:run',
    {
      schema: {
        ...common,
        summary: 'Remove a run, its checkpoints and evaluations',
        params: RunName,
        body: Confirmation,
        response: { 200: Accepted },
      },
    },
    async ({ params: { run }, body }) => {
      checkConfirmation(run, body.confirm);
      await removeRun(await backend.pipeline(), run);
      runs.forget(run);
      return { name: run };
    },
  );
}
