import { closest } from 'fastest-levenshtein';

/** Computing the distance takes time in proportion to the word's length, so only the beginning of a long word counts. */
const MAX_CHARACTERS = 100;

/**
 * The candidate with the least Levenshtein distance to `word`, ignoring case, for "did you mean"; '' without
 * candidates.
 */
export function closestMatch(word: string, candidates: readonly string[]): string {
  const lower = candidates.map((candidate) => candidate.toLowerCase());
  const best = closest(word.slice(0, MAX_CHARACTERS).toLowerCase(), lower);
  return candidates[lower.indexOf(best)] ?? '';
}
