import type { Stage } from './stage.ts';
import { decode } from './stages/decode.ts';

/** In the order in which they are shown and run. */
export const STAGES: readonly Stage[] = [decode];
