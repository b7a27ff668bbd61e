import type { ProfileDefinition } from './definition.ts';
import { demo } from './demo.ts';

/** For some hundred to some ten thousand images, from scratch, on two processor cores. Figures: docs/small-datasets.md. */
export const small: ProfileDefinition = {
  name: 'small',
  summary: 'a quarter-width net for some hundred to some ten thousand images, within minutes on two cores',
  base: demo,
  values: {
    'net.dropout': [0.5, '§4.2 of the paper: few images are learned by heart quickly'],
    'optimizer.learningRate': [0.01, '§5 of the paper'],
    batchSize: [32, 'a hundred photographs still make several steps an epoch'],
    sliceSize: [16, 'two workers share a batch'],
    epochs: [40, 'measured: 480 photographs in minutes on two cores'],
  },
};
