/** More of a word is not looked at: the distance takes time in proportion to the length. */
const WORD_LIMIT = 100;

/** The candidate with the least Levenshtein distance to `word`, for "did you mean". */
export function nearest(word: string, candidates: readonly string[]): string {
  const begun = word.slice(0, WORD_LIMIT).toLowerCase();
  let best = '';
  let least = Infinity;
  for (const candidate of candidates) {
    const distance = levenshtein(begun, candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function levenshtein(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution);
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
