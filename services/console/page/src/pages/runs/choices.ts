/** The values of a type that lists them, as `true | false`; undefined for a type such as `number, from 0 | null`. */
export function choicesOf(type: string): string[] | undefined {
  const values = type.split(' | ');
  const isList = values.length > 1 && values.every((value) => /^[\w.+-]+$/.test(value) && !KINDS.has(value));
  return isList ? values : undefined;
}

const KINDS = new Set(['number', 'string', 'integer', 'boolean', 'object', 'array']);
