import { expect, it } from 'vitest';
import { Lifecycle, shutdownSignal, untilAborted } from './lifecycle.ts';

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

it('shutdownSignal says that a command was interrupted, and by what', async () => {
  const signal = shutdownSignal();
  expect(signal.aborted).toBe(false);
  const waiting = untilAborted(signal);
  process.emit('SIGTERM', 'SIGTERM');
  await waiting;
  await untilAborted(signal);
  expect(signal.reason).toMatchObject({ code: 'INTERRUPTED', actual: 'SIGTERM' });
});
