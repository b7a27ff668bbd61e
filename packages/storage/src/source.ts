/** Marks an error as coming from the caller's own stream, so that a driver does not take it for one of the store. */
class SourceFailure extends Error {}

/** The chunks of a caller's stream; what it throws is marked, for {@link sourceError} to find. */
export async function* fromSource(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw new SourceFailure('the source failed', { cause });
  }
}

/** What the caller's stream threw, if that is what ended a write. */
export function sourceError(thrown: unknown): { cause: unknown } | undefined {
  return thrown instanceof SourceFailure ? { cause: thrown.cause } : undefined;
}
