import { readRunSpec } from '@alexnet/pipeline';
import * as z from 'zod';
import type { Parts, Server } from './parts.ts';
import { Name, RunAudit } from './schemas.ts';

/** From one address: the ledger of a long run has hundreds of megabytes. */
const AUDITS_A_MINUTE = 30;

/** The proof that a run used every sample of every epoch once. */
export function auditRoutes(server: Server, { backend, audits }: Parts): void {
  server.get(
    '/runs/:run/audit',
    {
      config: { rateLimit: { max: AUDITS_A_MINUTE, timeWindow: '1 minute' } },
      schema: {
        tags: ['runs'],
        summary: 'Counts every sample of every epoch in the ledger, as of the newest checkpoint',
        params: z.object({ run: Name }),
        response: { 200: RunAudit },
      },
    },
    async ({ params: { run } }) => {
      await readRunSpec(backend.store, run);
      const { epochs, ...audit } = await audits.of(run);
      return { ...audit, epochs: epochs.map((each) => ({ ...each, epoch: each.epoch + 1 })) };
    },
  );
}
