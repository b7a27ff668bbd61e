import { Option } from 'commander';
import { parseSelector, type Selector } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';

/** `--checkpoint best|latest|STEP`. @throws USAGE */
export function checkpointOption(): Option {
  return new Option('--checkpoint <which>', 'best, latest, or the number of a step')
    .default('latest')
    .argParser((text): Selector => {
      const selector = parseSelector(text);
      if (selector !== undefined) return selector;
      throw new AlexnetError('USAGE', {
        expected: '--checkpoint best, latest, or the number of a step',
        actual: text,
        remedy: 'E.g. --checkpoint best.',
      });
    });
}
