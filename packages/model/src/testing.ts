/** The training graph itself, for references that its operations are held against. */
export { trainingGraph } from './graph/training.ts';
