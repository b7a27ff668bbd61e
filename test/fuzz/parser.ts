/** Something that reads what comes from outside, and documents that it accepts. */
export interface OpenParser {
  /** Valid inputs, to be mutated. */
  documents: readonly Document[];
  /**
   * Reads an input, as far as the project would before it trusts it.
   * @param document the place in `documents` of what it was made from
   * @throws AlexnetError to refuse it; anything else is a crash
   */
  read: (bytes: Buffer, document: number) => unknown;
}

export interface Document {
  bytes: Buffer;
  /** `json`: also mutated value by value; `lines`: each line is such a text. */
  form: 'bytes' | 'json' | 'lines';
}

export interface Parser {
  name: string;
  /** @param folder an empty one that it may write into */
  open: (folder: string) => OpenParser | Promise<OpenParser>;
}

export const json = (value: unknown): Document => ({
  bytes: Buffer.from(JSON.stringify(value)),
  form: 'json',
});

export const raw = (bytes: Uint8Array): Document => ({ bytes: Buffer.from(bytes), form: 'bytes' });

/** Whoever changes an object may change its digest to match. Half of the inputs are so repaired; which, is a matter of their length. */
export const isForged = (bytes: Uint8Array): boolean => bytes.length % 2 === 0;

/** The input as a JSON object, or undefined where it is none. */
export function asObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
