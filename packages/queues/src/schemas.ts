import { isName, NotifyUrl } from '@alexnet/core';
import { SliceAddress, Views } from '@alexnet/tensor-store';
import * as z from 'zod';

/** Every queue with the schema of each of its jobs. Jobs carry references, never pixels. */
const name = z.string().refine(isName, 'no name of a dataset or run');
const index = z.number().int().nonnegative();
const split = SliceAddress.shape.split;

export const QUEUES = {
  /** Making a dataset: one `plan`, then a `shard` for each shard, then one `finish`. */
  datasets: {
    plan: z.strictObject({ dataset: name, addition: name, spec: z.record(z.string(), z.json()) }),
    shard: z.strictObject({ dataset: name, addition: name, split, shard: index, count: index }),
    finish: z.strictObject({ dataset: name, addition: name }),
  },
  /** Making slices of batches, for whichever trainer waits for them. */
  slices: {
    make: z.strictObject({ address: SliceAddress }),
  },
  /** Work for a trainer. */
  runs: {
    /** `notify`: where notifications about the run go, instead of the default of its trainer. */
    train: z.strictObject({ run: name, notify: NotifyUrl.optional() }),
    evaluate: z.strictObject({
      run: name,
      checkpoint: z.string().max(40),
      pass: SliceAddress.shape.pass,
      views: Views,
    }),
  },
  /** Webhooks, for whichever process is there. */
  notifications: {
    deliver: z.strictObject({
      url: NotifyUrl,
      /** Of the event: the same in every attempt. */
      id: z.string().regex(/^msg_[0-9a-f]{32}$/),
      /** The event as JSON, as it is signed and sent. */
      body: z.string(),
    }),
  },
} as const satisfies Record<string, Record<string, z.ZodType>>;

export type QueueName = keyof typeof QUEUES;
export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];
export type JobName<Q extends QueueName> = keyof (typeof QUEUES)[Q] & string;
export type JobData<Q extends QueueName, J extends JobName<Q>> = z.infer<(typeof QUEUES)[Q][J]>;

export const datasetJobId = {
  plan: (dataset: string, addition: string) => `${dataset}/${addition}/plan`,
  shard: (dataset: string, addition: string, which: string, shard: number) =>
    `${dataset}/${addition}/${which}/${shard}`,
  finish: (dataset: string, addition: string) => `${dataset}/${addition}/finish`,
};

export const runJobId = (run: string): string => `${run}/train`;
