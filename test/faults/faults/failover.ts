import { seconds, type Fault } from '../fault.ts';

/** Steps whose batches may have been on their way before. */
const MORE_THAN_IN_FLIGHT = 30;
const PATIENCE_MS = 60_000;

/** Another server becomes the primary, and those that are connected to the old one are left with a replica. */
function failover(server: 'queues' | 'slices'): Fault {
  return {
    name: `failover of the Redis of the ${server}`,
    during: server === 'queues' ? ['training', 'ingest'] : ['training'],
    mayFail: [],
    async inject({ testbed, work }) {
      const stopOld = await testbed[server].failOver();
      const since = performance.now();
      // The old server stays until the work has gone on by way of the new one.
      const wentOn =
        work.kind === 'training'
          ? await work.beyond(work.step + MORE_THAN_IN_FLIGHT, PATIENCE_MS)
          : await work.until(() => false, PATIENCE_MS);
      if (!wentOn) throw new Error(`${work.name} stays with the old server of the ${server}`);
      return {
        did: `${work.name} went on within ${seconds(performance.now() - since)}`,
        holdMs: 0,
        async mend() {
          await stopOld();
          return undefined;
        },
      };
    },
  };
}

export const failoverFaults: readonly Fault[] = [failover('queues'), failover('slices')];
