import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { OpenCache } from './open-cache.ts';

let events: string[];
beforeEach(() => {
  events = [];
});

interface Thing {
  close: () => Promise<void>;
}

const open = (name: string) => (): Promise<Thing> => {
  events.push(`open ${name}`);
  return Promise.resolve({
    close: () => {
      events.push(`close ${name}`);
      return Promise.resolve();
    },
  });
};
const done = (): Promise<void> => Promise.resolve();

it('opens a thing once for many uses, and closes it at the end', async () => {
  const cache = new OpenCache<Thing>(2);
  await Promise.all([cache.use('a', open('a'), done), cache.use('a', open('a'), done)]);
  await cache.use('a', open('a'), done);
  expect(events).toEqual(['open a']);
  await cache.close();
  expect(events).toEqual(['open a', 'close a']);
});

it('closes one that makes room, or is forgotten, when nobody uses it any more', async () => {
  const cache = new OpenCache<Thing>(1);
  let finish = (): void => undefined;
  const using = cache.use('a', open('a'), () => new Promise<void>((resolve) => (finish = resolve)));
  await cache.use('b', open('b'), done);
  cache.forget('b');
  await sleep(1);
  expect(events).toEqual(['open a', 'open b', 'close b']);
  finish();
  await using;
  await cache.use('b', open('b'), done);
  expect(events).toEqual(['open a', 'open b', 'close b', 'close a', 'open b']);
  await cache.close();
});

it('closes one that nobody has used for a while', async () => {
  const cache = new OpenCache<Thing>(2, 20);
  await cache.use('a', open('a'), done);
  await expect.poll(() => events).toEqual(['open a', 'close a']);
  await cache.use('a', open('a'), done);
  expect(events.at(-1)).toBe('open a');
  await cache.close();
});

it('tries again to open what could not be opened', async () => {
  const cache = new OpenCache<Thing>(2);
  const failing = (): Promise<Thing> => Promise.reject(new Error('not yet'));
  await expect(cache.use('a', failing, done)).rejects.toThrow('not yet');
  await cache.use('a', open('a'), done);
  expect(events).toEqual(['open a']);
  await cache.close();
});
