let mutant;

export function initialize(data) {
  mutant = data;
}

/** @throws where the module does not have the text, or has it twice: the mutant has to be written anew */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (!url.endsWith(mutant.file)) return loaded;
  const source = String(loaded.source);
  const parts = source.split(mutant.from);
  if (parts.length !== 2) {
    throw new Error(`${mutant.file} has ${parts.length - 1} times, instead of once: ${mutant.from}`);
  }
  return { ...loaded, source: parts.join(mutant.to) };
}
