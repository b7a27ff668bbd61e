import { expect, it } from 'vitest';
import { mutantEnvironment, MUTANTS } from './mutants/mutants.ts';

// The mutants replace texts of built modules, and take minutes to try: a refactoring must not wait that long to hear
// that it moved such a text.
it.each(Object.entries(MUTANTS))('%s can still be made', (_, mutant) => {
  expect(mutantEnvironment(mutant).FAULTS_MUTANT).toContain(mutant.file);
});
