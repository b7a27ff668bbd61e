const MAX_CHARACTERS = 80;

/**
 * A value from outside as JSON for an error message, cut off after 80 characters. A value that is nested too deeply for
 * `JSON.stringify` becomes `[…]` or `{…}`.
 */
export function formatValue(value: unknown): string {
  try {
    return JSON.stringify(value ?? null).slice(0, MAX_CHARACTERS);
  } catch {
    return Array.isArray(value) ? '[…]' : '{…}';
  }
}

/** A name as it is, or as JSON if it contains control characters, which a terminal would interpret. */
export const printable = (name: string): string => (/\p{Cc}/u.test(name) ? JSON.stringify(name) : name);

const MAX_NAMES = 5;

/** The first five of a list of names, and how many more there are: `a, b, c, d, e and 7 more`. */
export function firstOf(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return names.slice(0, MAX_NAMES).map(printable).join(', ') + more;
}
