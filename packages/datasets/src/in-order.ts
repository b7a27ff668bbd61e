/**
 * Maps items with several calls in flight, giving the results in the order of the items. At most `concurrency`
 * results are waited for or waiting to be taken. When one fails, or the taker stops, the others are waited for.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  concurrency: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const waiting: Promise<R>[] = [];
  const iterator = items[Symbol.iterator]();
  const start = (): void => {
    const next = iterator.next();
    if (next.done === true) return;
    const result = map(next.value);
    // It may fail before its turn comes, when it will be thrown.
    result.catch(() => undefined);
    waiting.push(result);
  };
  try {
    while (waiting.length < concurrency) {
      const before = waiting.length;
      start();
      if (waiting.length === before) break;
    }
    for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) {
      const result = await first;
      start();
      yield result;
    }
  } finally {
    await Promise.allSettled(waiting);
  }
}
