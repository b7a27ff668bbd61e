import * as z from 'zod';

/** Under this key writers of Hugging Face keep what a table's columns are. */
const KEY = 'huggingface';

const Features = z.object({
  info: z.object({
    features: z.record(
      z.string(),
      z.object({ _type: z.string(), names: z.array(z.string()).optional() }).or(z.unknown()),
    ),
  }),
});

/** What a column of a dataset is, as the library `datasets` says it. */
export interface Feature {
  /** `Image`, `ClassLabel`, `Value`. */
  type: string;
  /** Of the classes, by label. */
  names: readonly string[] | undefined;
}

/** By column; nothing where the file does not say, or not as is known. */
export function featuresOf(metadata: ReadonlyMap<string, string>): ReadonlyMap<string, Feature> {
  const found = new Map<string, Feature>();
  const text = metadata.get(KEY);
  if (text === undefined) return found;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return found;
  }
  const parsed = Features.safeParse(value);
  for (const [name, feature] of Object.entries(parsed.data?.info.features ?? {})) {
    if (typeof feature !== 'object' || feature === null || !('_type' in feature)) continue;
    const { _type: type, names } = feature as { _type: unknown; names?: string[] };
    if (typeof type === 'string') found.set(name, { type, names });
  }
  return found;
}
