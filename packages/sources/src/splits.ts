/** The parts of a dataset: what is trained on, and what is held out. */
export const SPLITS = ['train', 'val'] as const;
export type Split = (typeof SPLITS)[number];
