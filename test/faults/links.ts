import type { RunningToxiproxy, ToxicProxy } from '@alexnet/local';

/** Who reaches the servers. */
export type Side = 'workers' | 'trainers';
export type Server = 'queues' | 'slices' | 'store';
export type Links = Readonly<Record<Server, ToxicProxy>>;

/** A proxy in front of each server, for one side. */
export async function linksTo(
  toxiproxy: RunningToxiproxy,
  side: Side,
  ports: Readonly<Record<Server, number>>,
): Promise<Links> {
  const link = (server: Server): Promise<ToxicProxy> => toxiproxy.proxy(`${side}-${server}`, ports[server]);
  return { queues: await link('queues'), slices: await link('slices'), store: await link('store') };
}
