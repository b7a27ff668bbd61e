import { closest } from 'fastest-levenshtein';

/** More of a word is not looked at: the distance takes time in proportion to the length. */
const WORD_LIMIT = 100;

/** The candidate with the least Levenshtein distance to `word`, for "did you mean"; '' without candidates. */
export function nearest(word: string, candidates: readonly string[]): string {
  const lower = candidates.map((candidate) => candidate.toLowerCase());
  const best = closest(word.slice(0, WORD_LIMIT).toLowerCase(), lower);
  return candidates[lower.indexOf(best)] ?? '';
}
