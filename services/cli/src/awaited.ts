import type { ObjectStore } from '@alexnet/storage';
import type { Output } from './ui/output.ts';

const FIRST_MS = 1_000;
const REPEAT_MS = 10_000;

/** Says what a command waits for, while it waits: a second after the last answer, and then every ten. */
class Waiting {
  readonly #output: Pick<Output, 'note'>;
  readonly #what: () => string;
  #pending = 0;
  #lastAnswer = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Pick<Output, 'note'>, what: () => string) {
    this.#output = output;
    this.#what = what;
  }

  /** What the promise resolves to. @throws what it rejects with */
  async for<T>(promise: Promise<T>): Promise<T> {
    this.#pending += 1;
    if (this.#pending === 1) this.#restart();
    try {
      return await promise;
    } finally {
      this.#pending -= 1;
      if (this.#pending === 0) clearTimeout(this.#timer);
      else this.#restart();
    }
  }

  #restart(): void {
    this.#lastAnswer = performance.now();
    this.#sayIn(FIRST_MS);
  }

  #sayIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const seconds = Math.round((performance.now() - this.#lastAnswer) / 1000);
      this.#output.note(`waiting for ${this.#what()} (${seconds} s)`);
      this.#sayIn(REPEAT_MS);
    }, milliseconds);
  }
}

/** What the promise resolves to; says what it waits for. @throws what it rejects with */
export const sayAwaited = <T>(
  output: Pick<Output, 'note'>,
  promise: Promise<T>,
  what: () => string,
): Promise<T> => new Waiting(output, what).for(promise);

/** A store that says when it does not answer, whichever of its operations are asked. */
export function sayingStore(store: ObjectStore, output: Pick<Output, 'note'>): ObjectStore {
  const waiting = new Waiting(output, () => `the store ${store.url}`);
  return new Proxy(store, {
    get(target, property): unknown {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, args);
        if (result instanceof Promise) return waiting.for(result);
        return isIterable(result) ? sayingItems(result, waiting) : result;
      };
    },
  });
}

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

async function* sayingItems(items: AsyncIterable<unknown>, waiting: Waiting): AsyncGenerator {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await waiting.for(iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
