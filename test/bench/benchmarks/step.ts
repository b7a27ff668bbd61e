import { KEEP_FREED_MEMORY, KEEP_FREED_MEMORY_WHILE_TRAINING } from '@alexnet/local';
import { startNode, startPython, type Child } from '../child.ts';
import type { Benchmark, BenchmarkContext } from '../benchmark.ts';
import { openContenders, type Candidate } from './contenders.ts';

const GRAPH = 'one graph';
const GROUPED = 'one graph, grouped';
const GRAPH_BF16 = 'one graph, bfloat16';
const FUNCTION = 'tf.function';
const EAGER = 'PyTorch eager';
const EAGER_TUNED = 'PyTorch eager, tuned';
const LIMIT = 'products alone';

/** AlexNet's training step at batch 128 (16 in small), from bytes to updated weights, on all cores. */
export const step: Benchmark = {
  name: 'step',
  title: 'AlexNet training step, batch 128, float32, ungrouped unless said',
  unit: 'images/s',
  claims: [
    { ours: GRAPH, against: EAGER, atLeast: 3 },
    { ours: GRAPH, against: FUNCTION, atLeast: 1 },
    { ours: GROUPED, against: GRAPH, atLeast: 1 },
    { ours: GRAPH, against: LIMIT, atLeast: 0.8 },
  ],
  open: (context) =>
    openStep(context.peers, [
      { name: GRAPH, role: 'ours', start: () => ours(context, 'float32', 1) },
      { name: GROUPED, role: 'ours', start: () => ours(context, 'float32', 2) },
      { name: LIMIT, role: 'limit', start: () => limit(context, 'float32') },
      {
        name: FUNCTION,
        role: 'peer',
        start: (python) => peer(context, python, 'step_tensorflow.py', 'float32', 'tuned'),
      },
      {
        name: EAGER_TUNED,
        role: 'peer',
        start: (python) => peer(context, python, 'step_torch.py', 'float32', 'tuned'),
      },
      {
        name: EAGER,
        role: 'peer',
        start: (python) => peer(context, python, 'step_torch.py', 'float32', 'plain'),
      },
    ]),
};

/** The same with convolutions and products in bfloat16. */
export const stepBf16: Benchmark = {
  name: 'step-bf16',
  title: 'AlexNet training step, batch 128, bfloat16, ungrouped',
  unit: 'images/s',
  claims: [
    { ours: GRAPH_BF16, against: GRAPH, atLeast: 1.3 },
    { ours: GRAPH_BF16, against: FUNCTION, atLeast: 1 },
    { ours: GRAPH_BF16, against: LIMIT, atLeast: 0.8 },
  ],
  open: (context) =>
    openStep(context.peers, [
      { name: GRAPH_BF16, role: 'ours', start: () => ours(context, 'bf16', 1) },
      { name: GRAPH, role: 'ours', start: () => ours(context, 'float32', 1) },
      { name: LIMIT, role: 'limit', start: () => limit(context, 'bf16') },
      {
        name: FUNCTION,
        role: 'peer',
        start: (python) => peer(context, python, 'step_tensorflow.py', 'bfloat16', 'tuned'),
      },
      {
        name: EAGER_TUNED,
        role: 'peer',
        start: (python) => peer(context, python, 'step_torch.py', 'bfloat16', 'tuned'),
      },
    ]),
};

const secondsOf = ({ small }: BenchmarkContext): string => (small ? '0.5' : '6');

function ours(context: BenchmarkContext, precision: string, groups: number): Promise<Child> {
  const args = [secondsOf(context), precision, String(groups), '1000', context.small ? '16' : '128', '1'];
  return startNode('all', new URL('step-ours.ts', import.meta.url), args, KEEP_FREED_MEMORY_WHILE_TRAINING);
}

function limit(context: BenchmarkContext, precision: string): Promise<Child> {
  const args = [secondsOf(context), precision, '1', '1000'];
  return startNode('all', new URL('step-limit.ts', import.meta.url), args);
}

/** `plain` is as a user starts it; `tuned` has the allocator that ours has, and PyTorch its faster layout. */
function peer(
  context: BenchmarkContext,
  python: string,
  file: string,
  precision: string,
  how: 'plain' | 'tuned',
): Promise<Child> {
  const args = [secondsOf(context), precision, context.small ? '16' : '128', how];
  return startPython('all', python, file, args, how === 'tuned' ? KEEP_FREED_MEMORY : {});
}

interface StepCandidate extends Omit<Candidate, 'start'> {
  start: (python: string) => Promise<Child>;
}

function openStep(
  peers: string | undefined,
  candidates: readonly StepCandidate[],
): ReturnType<Benchmark['open']> {
  return openContenders(
    candidates
      .filter(({ role }) => role !== 'peer' || peers !== undefined)
      .map(({ name, role, start }) => ({ name, role, start: () => start(peers ?? '') })),
  );
}
