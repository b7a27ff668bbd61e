type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A profile as earlier versions wrote it into `run.json`, with today's keys: `biasOnes` listed the layers whose biases
 * begin at 1, and the only optimizer had no kind.
 */
export function upgradeProfile(json: unknown): unknown {
  if (!isObject(json)) return json;
  const { initialisation, optimizer } = json;
  return {
    ...json,
    ...(isObject(initialisation) ? { initialisation: withBiases(initialisation) } : {}),
    ...(isObject(optimizer) ? { optimizer: { kind: 'sgd', ...optimizer } } : {}),
  };
}

function withBiases({ biasOnes, ...rest }: Json): Json {
  if (!Array.isArray(biasOnes)) return biasOnes === undefined ? rest : { biasOnes, ...rest };
  return { ...rest, biases: Object.fromEntries(biasOnes.map((name) => [String(name), 1])) };
}
