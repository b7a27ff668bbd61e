const UNITS: Readonly<Record<string, number>> = {
  ...{ b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 },
};

/**
 * A number of bytes, with or without a unit: `536870912`, `512MB` (10⁶ bytes each), `512 MiB` (2²⁰ bytes each).
 * @returns undefined for other text
 */
export function parseByteSize(text: string): number | undefined {
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase() || 'b'];
  const bytes = factor === undefined || number === '' ? NaN : Math.round(Number(number) * factor);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}
