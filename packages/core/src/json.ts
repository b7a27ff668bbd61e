import * as z from 'zod';
import { messageOf, type AlexnetError } from './errors.ts';

const DESCRIPTION_LENGTH = 300;

interface JsonReading {
  /** Makes the error from what is wrong. */
  invalid: (actual: string, cause: unknown) => AlexnetError;
  /** Reads the text before its shape is checked, e.g. one that has a checksum. Default: `JSON.parse`. */
  parse?: (text: Buffer) => unknown;
}

/** Reads JSON that has the shape of a schema. @throws what `invalid` makes, for another text or shape */
export function parseJsonAs<Schema extends z.ZodType>(
  schema: Schema,
  text: string | Buffer,
  { invalid, parse = (bytes) => JSON.parse(bytes.toString('utf8')) as unknown }: JsonReading,
): z.infer<Schema> {
  try {
    return schema.parse(parse(Buffer.from(text)));
  } catch (cause) {
    const actual = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw invalid(actual.slice(0, DESCRIPTION_LENGTH), cause);
  }
}
