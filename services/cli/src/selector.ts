import { Option } from 'commander';
import type { Selector } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';

/** `--checkpoint best|latest|STEP`. @throws USAGE */
export function checkpointOption(): Option {
  return new Option('--checkpoint <which>', 'best, latest, or the number of a step')
    .default('latest')
    .argParser((text): Selector => {
      if (text === 'best' || text === 'latest') return text;
      if (/^\d{1,15}$/.test(text)) return Number(text);
      throw new AlexnetError('USAGE', {
        expected: '--checkpoint best, latest, or the number of a step',
        actual: text,
        remedy: 'E.g. --checkpoint best.',
      });
    });
}
