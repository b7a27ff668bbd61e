import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, type Context, type ContextManager } from '@opentelemetry/api';

/**
 * Keeps the active context of OpenTelemetry, and gives it up when the last work that was begun in one has ended. Up to
 * Node 22 an AsyncLocalStorage that was entered once slows down every promise of the process until it is disabled, and
 * between two traces there are thousands of slices. What such work leaves behind (a timer, a promise that nobody awaits)
 * is in no trace any more.
 */
export class ScopedContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  #scopes = 0;

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    work: F,
    receiver?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const leave = (): void => {
      if (--this.#scopes === 0) this.#storage.disable();
    };
    this.#scopes++;
    let result: ReturnType<F>;
    try {
      result = this.#storage.run(context, () => work.call(receiver, ...args));
    } catch (error) {
      leave();
      throw error;
    }
    if (result instanceof Promise) result.then(leave, leave);
    else leave();
    return result;
  }

  bind<T>(context: Context, target: T): T {
    if (typeof target !== 'function') return target;
    const call = target as unknown as (...args: unknown[]) => unknown;
    return ((...args: unknown[]) => this.with(context, () => call(...args))) as T;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}
