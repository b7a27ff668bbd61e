/**
 * Groups of names that a person cannot tell apart: equal in Unicode's composed form, without characters that are not
 * shown, and with any white space taken for one space.
 */
export function lookAlikes(names: Iterable<string>): string[][] {
  return groups(names, appearance);
}

/** Groups of names that are the same in another letter case. */
export function sameInAnotherCase(names: Iterable<string>): string[][] {
  return groups(names, (name) => appearance(name).toLowerCase());
}

const appearance = (name: string): string =>
  name
    .normalize('NFC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();

function groups(names: Iterable<string>, by: (name: string) => string): string[][] {
  const found = new Map<string, Set<string>>();
  for (const name of names) {
    const key = by(name);
    const group = found.get(key);
    if (group === undefined) found.set(key, new Set([name]));
    else group.add(name);
  }
  return [...found.values()].filter(({ size }) => size > 1).map((group) => [...group].sort());
}

/** A name with its code points: `"é" (U+00E9)`. */
export function spelled(name: string): string {
  const points = Array.from(name, (character) => {
    const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return `U+${point.padStart(4, '0')}`;
  });
  return `${JSON.stringify(name)} (${points.join(' ')})`;
}
