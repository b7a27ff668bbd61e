import type { ErrorCode } from '@alexnet/core';
import { drawMs, seconds, type Fault, type Scene } from '../fault.ts';
import type { Disturbance } from '../../support/flaky-proxy.ts';

/** Of work whose requests of the store were given up: a slice that could not be made says so of its own. */
const WITHOUT_STORE: readonly ErrorCode[] = ['STORAGE_UNREACHABLE', 'STORAGE_FAILED', 'SLICE_FAILED'];
const DOWN_MS = 20_000;

const links = ({ testbed }: Scene) => [testbed.links.workers.store, testbed.links.trainers.store];

export const storeDown: Fault = {
  name: 'store down',
  during: ['training', 'ingest'],
  mayFail: WITHOUT_STORE,
  async inject(scene) {
    await Promise.all(links(scene).map((link) => link.enable(false)));
    return {
      did: `for ${seconds(DOWN_MS)}`,
      holdMs: DOWN_MS,
      async mend() {
        await Promise.all(links(scene).map((link) => link.enable(true)));
        return undefined;
      },
    };
  },
};

export const storeSlow: Fault = {
  name: 'store slow',
  during: ['training', 'ingest'],
  mayFail: WITHOUT_STORE,
  async inject(scene) {
    const holdMs = drawMs(scene.random, 8, 15);
    const latency = scene.random.integer(700) + 100;
    const rate = scene.random.integer(1500) + 500;
    const both = await Promise.all(
      links(scene).map((link) =>
        link.disturb(
          { type: 'latency', stream: 'downstream', attributes: { latency, jitter: Math.round(latency / 2) } },
          { type: 'bandwidth', stream: 'downstream', attributes: { rate } },
          { type: 'bandwidth', stream: 'upstream', attributes: { rate } },
        ),
      ),
    );
    return {
      did: `${latency} ms later and ${rate} kB/s for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        for (const undo of both) await undo();
        return undefined;
      },
    };
  },
};

/** Every other request, or every one of them, is answered or cut as it says. */
function moody(name: string, methods: readonly string[], disturbance: Disturbance): Fault {
  return {
    name,
    during: ['training', 'ingest'],
    mayFail: WITHOUT_STORE,
    inject({ testbed, random }) {
      const every = 1 + random.integer(3);
      const holdMs = drawMs(random, 5, 15);
      testbed.setStoreMood((method, count) =>
        methods.includes(method) && count % every === 0 ? disturbance : undefined,
      );
      return Promise.resolve({
        did: `${methods.join(', ')}, one of ${every}, for ${seconds(holdMs)}`,
        holdMs,
        mend() {
          testbed.setStoreMood(undefined);
          return Promise.resolve(undefined);
        },
      });
    },
  };
}

export const storeRefuses = moody('store answers 503', ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'], {
  status: 503,
});
export const storeCuts = moody('store cuts uploads', ['PUT'], { uploaded: 0.5 });
