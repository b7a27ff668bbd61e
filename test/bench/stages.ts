import type { Stage } from './stage.ts';
import { augment } from './stages/augment.ts';
import { dataset } from './stages/dataset.ts';
import { decode } from './stages/decode.ts';
import { endToEnd } from './stages/end-to-end.ts';
import { eventLoop } from './stages/event-loop.ts';
import { plan } from './stages/plan.ts';
import { queue } from './stages/queue.ts';
import { scaling } from './stages/scaling.ts';
import { step, stepBf16 } from './stages/step.ts';
import { transport } from './stages/transport.ts';

/** In the order in which they are shown and run. */
export const STAGES: readonly Stage[] = [
  decode,
  dataset,
  augment,
  transport,
  scaling,
  step,
  stepBf16,
  endToEnd,
  eventLoop,
  plan,
  queue,
];
