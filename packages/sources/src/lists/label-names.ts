/**
 * How the labels of a list are called as classes: whole numbers in digits of one width, so that 2 comes before 10; anything else as
 * it is written.
 */
export function namesOfLabels(texts: readonly string[]): readonly string[] {
  if (!texts.every((text) => /^\d{1,9}$/.test(text))) return texts;
  const digits = Math.max(0, ...texts.map((text) => String(Number(text)).length));
  const padded = texts.map((text) => String(Number(text)).padStart(digits, '0'));
  // A list that has both "7" and "07" means two classes.
  return new Set(padded).size === texts.length ? padded : texts;
}
