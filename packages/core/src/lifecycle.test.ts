import { expect, it } from 'vitest';
import { Lifecycle } from './lifecycle.ts';

it('closes in reverse order, once, and goes on past a closer that throws or hangs', async () => {
  const closed: string[] = [];
  const lifecycle = new Lifecycle();
  lifecycle.onClose('first', () => closed.push('first'));
  lifecycle.onClose('throws', () => {
    throw new Error('no');
  });
  lifecycle.onClose('hangs', () => new Promise(() => undefined));
  lifecycle.onClose('last', async () => {
    await Promise.resolve();
    closed.push('last');
  });
  await Promise.all([lifecycle.close(20), lifecycle.close(20)]);
  expect(closed).toEqual(['last', 'first']);
});

it('has one deadline for all closers, and calls the rest when it is over', async () => {
  let turns = 0;
  let called = 0;
  const lifecycle = new Lifecycle();
  for (let i = 0; i < 10; i++) {
    lifecycle.onClose(`hangs ${i}`, () => {
      called += 1;
      return new Promise(() => undefined);
    });
  }
  // Counts the time that the test process really had: with a deadline for each there would be ten times as many turns.
  const counter = setInterval(() => (turns += 1), 20);
  await lifecycle.close(200);
  clearInterval(counter);
  expect(called).toBe(10);
  expect(turns).toBeLessThan(20);
});
