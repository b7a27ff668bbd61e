let mutant;

export function initialize(data) {
  mutant = data;
}

/** A bundle has no modules to change: the services run from those that it was made of. */
export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context);
  return { ...resolved, url: resolved.url.replace(/(\/services\/\w+)\/dist\//, '$1/build/') };
}

/** A module as it is, unless the mutant changes it. */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (!url.endsWith(mutant.file)) return loaded;
  const source = mutant.changes.reduce(
    (text, [from, to]) => text.replace(from, () => to),
    String(loaded.source),
  );
  return { ...loaded, source };
}
