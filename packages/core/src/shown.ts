const CHARACTERS = 80;

/** The beginning of a value from outside as JSON, for an error: also of one that is nested too deeply to be written. */
export function shown(value: unknown): string {
  try {
    return JSON.stringify(value ?? null).slice(0, CHARACTERS);
  } catch {
    return Array.isArray(value) ? '[…]' : '{…}';
  }
}

/** A name as it is; one with control characters, which a terminal would obey, as JSON. */
export const printable = (name: string): string => (/\p{Cc}/u.test(name) ? JSON.stringify(name) : name);

const NAMES = 5;

/** The first of many names, and how many more there are. */
export function firstOf(names: readonly string[]): string {
  const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : '';
  return names.slice(0, NAMES).map(printable).join(', ') + more;
}
