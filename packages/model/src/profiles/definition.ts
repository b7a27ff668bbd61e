/**
 * A profile as it is written down: what differs from its base, each value with where it comes from.
 */
export interface ProfileDefinition {
  name: string;
  /** One line for `alexnet profile list`. */
  summary: string;
  /** The profile it starts from. The root states every key. */
  base?: ProfileDefinition;
  /** By dotted key, e.g. `net.width`. The key of an object replaces the whole object. */
  values: Readonly<Record<string, SourcedValue>>;
}

/** A value, and the section, file or measurement that it is taken from. */
export type SourcedValue = readonly [value: unknown, source: string];

/** The definition and those it is based on, the root last. */
export function lineage(definition: ProfileDefinition): ProfileDefinition[] {
  const { base } = definition;
  return [definition, ...(base === undefined ? [] : lineage(base))];
}

/** Where the value of a key comes from: the nearest definition that states the key or an object around it. */
export function sourceOf(
  definition: ProfileDefinition,
  key: string,
): { profile: string; source: string } | undefined {
  const keys = key.split('.');
  for (const { name, values } of lineage(definition)) {
    for (let depth = keys.length; depth > 0; depth--) {
      const stated = values[keys.slice(0, depth).join('.')];
      if (stated !== undefined) return { profile: name, source: stated[1] };
    }
  }
  return undefined;
}
