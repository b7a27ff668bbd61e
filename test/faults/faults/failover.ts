import { drawMs, seconds, type Fault } from '../fault.ts';

/** Another server becomes the primary, and those that are connected to the old one are left with a replica. */
function failover(server: 'queues' | 'slices'): Fault {
  return {
    name: `failover of the Redis of the ${server}`,
    during: server === 'queues' ? ['training', 'ingest'] : ['training'],
    mayFail: [],
    async inject({ stage, random }) {
      const holdMs = drawMs(random, 5, 10);
      const stopOld = await stage[server].failOver();
      return {
        did: `the old one stays for ${seconds(holdMs)}`,
        holdMs,
        async mend() {
          await stopOld();
          return undefined;
        },
      };
    },
  };
}

export const failoverFaults: readonly Fault[] = [failover('queues'), failover('slices')];
