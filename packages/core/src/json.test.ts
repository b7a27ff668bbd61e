import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { AlexnetError } from './errors.ts';
import { parseJsonAs } from './json.ts';

const schema = z.object({ version: z.literal(1), names: z.array(z.string()) });
const invalid = (actual: string, cause: unknown): AlexnetError =>
  new AlexnetError('FORMAT_INVALID', { expected: 'a', actual, remedy: 'b', cause });

describe('parseJsonAs', () => {
  it('reads text and bytes', () => {
    const value = { version: 1, names: ['é'] };
    for (const text of [JSON.stringify(value), Buffer.from(JSON.stringify(value))])
      expect(parseJsonAs(schema, text, { invalid })).toEqual(value);
  });

  it.each([
    ['{"version": 1', /JSON/],
    ['{"version": 2, "names": []}', /expected 1[^]*version/],
    ['{"version": 1, "names": [1]}', /names\[0\]/],
  ])('says in the error what is wrong with %s', (text, actual) => {
    const read = (): unknown => parseJsonAs(schema, text, { invalid });
    expect(read).toThrow(AlexnetError);
    expect(read).toThrow(expect.objectContaining({ actual: expect.stringMatching(actual) as string }));
  });

  it('keeps the error short, and its cause', () => {
    const text = JSON.stringify({ version: 1, names: Array.from({ length: 1000 }, () => 1) });
    try {
      parseJsonAs(schema, text, { invalid });
      expect.unreachable();
    } catch (error) {
      expect((error as AlexnetError).actual.length).toBeLessThanOrEqual(300);
      expect((error as AlexnetError).cause).toBeInstanceOf(z.ZodError);
    }
  });
});
