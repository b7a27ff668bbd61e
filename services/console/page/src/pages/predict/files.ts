export const LIMITS = { images: 24, megabytes: 20 };

/** A file as far as it is told from others. */
type FileFacts = Pick<File, 'name' | 'size' | 'lastModified'>;

/** Files together with more, each once, and how many are left out since they would be too many. */
export function takeFiles<T extends FileFacts>(
  files: readonly T[],
  more: readonly T[],
): { taken: readonly T[]; left: number } {
  const all = [...files];
  for (const file of more) if (!all.some((known) => isSame(known, file))) all.push(file);
  return { taken: all.slice(0, LIMITS.images), left: Math.max(0, all.length - LIMITS.images) };
}

const isSame = (a: FileFacts, b: FileFacts): boolean =>
  a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

export const isTooLarge = ({ size }: Pick<File, 'size'>): boolean => size > LIMITS.megabytes * 1024 ** 2;
