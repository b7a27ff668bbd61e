import type { Benchmark } from './benchmark.ts';
import { account } from './benchmarks/account.ts';
import { augment } from './benchmarks/augment.ts';
import { dataset } from './benchmarks/dataset.ts';
import { decode } from './benchmarks/decode.ts';
import { endToEnd } from './benchmarks/end-to-end.ts';
import { eventLoop } from './benchmarks/event-loop.ts';
import { plan } from './benchmarks/plan.ts';
import { queue } from './benchmarks/queue.ts';
import { scaling } from './benchmarks/scaling.ts';
import { step, stepBf16 } from './benchmarks/step.ts';
import { traces } from './benchmarks/traces.ts';
import { transport } from './benchmarks/transport.ts';

/** In the order in which they are shown and run. */
export const BENCHMARKS: readonly Benchmark[] = [
  decode,
  dataset,
  augment,
  transport,
  account,
  scaling,
  step,
  stepBf16,
  endToEnd,
  eventLoop,
  plan,
  queue,
  traces,
];
