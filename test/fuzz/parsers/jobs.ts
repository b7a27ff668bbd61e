import { parseJob, QUEUES } from '@alexnet/queues';
import type { QueueName } from '@alexnet/queues';
import { json } from '../parser.ts';
import type { Parser } from '../parser.ts';

const address = {
  run: 'pets-1',
  spec: '0123456789abcdef'.repeat(4),
  pass: 'train',
  split: 'train',
  epoch: 2,
  batch: 7,
  slice: 3,
  views: 1,
};
const of = { dataset: 'pets', addition: '0a1b2c3d' };

/** Every job of every queue with data that its schema takes. */
const EXAMPLES = {
  datasets: {
    plan: { ...of, spec: { name: 'pets', source: '/pets', valFraction: 0.1, seed: 1, more: [{ a: null }] } },
    shard: { ...of, split: 'val', shard: 3, count: 1024 },
    finish: of,
  },
  slices: { make: { address } },
  runs: {
    train: { run: 'pets-1', notify: 'https://hooks.example/a?b=c' },
    evaluate: { run: 'pets-1', checkpoint: 'best', pass: 'evaluate-1', views: 10 },
  },
  notifications: {
    deliver: {
      url: 'https://hooks.example',
      id: `msg_${'0123456789abcdef'.repeat(2)}`,
      body: '{"version":1}',
    },
  },
} satisfies Record<QueueName, object>;

const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

/** Whatever its name says: it comes from Redis. */
type Parse = (queue: QueueName, name: string, data: unknown) => unknown;

function parserOf(queue: QueueName): Parser {
  const examples = Object.entries(EXAMPLES[queue]).map(([name, data]: [string, object]) =>
    json({ name, data }),
  );
  return {
    name: `job-${queue}`,
    open: () => ({
      documents: examples,
      read: (bytes) => {
        const { name, data } = fieldsOf(bytes.toString());
        return (parseJob as Parse)(queue, name, data);
      },
    }),
  };
}

/** What BullMQ hands over: a name, and whatever value the JSON of the data has. */
function fieldsOf(text: string): { name: string; data: unknown } {
  try {
    const { name, data } = JSON.parse(text) as { name: unknown; data: unknown };
    return { name: typeof name === 'string' ? name : 'train', data };
  } catch {
    return { name: 'train', data: text };
  }
}

export const jobs: readonly Parser[] = QUEUE_NAMES.map(parserOf);
