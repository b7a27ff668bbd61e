import { setImmediate as turn } from 'node:timers/promises';
import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { ScopedContext } from './scoped-context.ts';

const KEY = createContextKey('of the test');
const named = (name: string) => ROOT_CONTEXT.setValue(KEY, name);

it('is the context of the work, of what that awaits, and of work inside it', async () => {
  const contexts = new ScopedContext();
  const active = () => contexts.active().getValue(KEY);
  const seen = await contexts.with(named('outer'), async () => {
    const before = active();
    await turn();
    const inner = await contexts.with(named('inner'), async () => {
      await turn();
      return active();
    });
    await turn();
    return [before, inner, active()];
  });
  expect(seen).toEqual(['outer', 'inner', 'outer']);
  expect(active()).toBeUndefined();
});

it('keeps the contexts of works apart that overlap, whichever ends first', async () => {
  const contexts = new ScopedContext();
  const work = (name: string, turns: number) =>
    contexts.with(named(name), async () => {
      for (let i = 0; i < turns; i++) await turn();
      return contexts.active().getValue(KEY);
    });
  expect(await Promise.all([work('short', 1), work('long', 5), work('longer', 9)])).toEqual([
    ...['short', 'long', 'longer'],
  ]);
});

it('passes on what the work throws, also later, and begins anew afterwards', async () => {
  const contexts = new ScopedContext();
  const fail = (): never => {
    throw new Error('why');
  };
  expect(() => contexts.with(named('a'), fail)).toThrow('why');
  await expect(contexts.with(named('a'), () => turn().then(fail))).rejects.toThrow('why');
  expect(contexts.active()).toBe(ROOT_CONTEXT);
  expect(contexts.with(named('b'), () => contexts.active().getValue(KEY))).toBe('b');
  const bound = contexts.bind(
    named('c'),
    (more: string) => `${String(contexts.active().getValue(KEY))}${more}`,
  );
  expect(bound('!')).toBe('c!');
});
