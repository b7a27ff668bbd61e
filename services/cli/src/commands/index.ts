/** The commands, in the order of the help. Adding one: a file here with a `register`, and a line in {@link COMMANDS}. */
import type { Command } from 'commander';

export interface CommandEntry {
  name: string;
  /** Heading in the help. */
  group: string;
  summary: string;
  /** Loads what the command needs, only when it is named: the help must not wait for TensorFlow or Redis clients. */
  load: () => Promise<{ register: (command: Command) => void }>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    group: 'Pipeline',
    summary: 'the whole pipeline on this machine: learn emoji from six artists, recognise those of a seventh',
    load: () => import('./demo.ts'),
  },
  {
    name: 'up',
    group: 'Pipeline',
    summary: 'run the whole pipeline on this machine until Ctrl-C: Redis, object store, workers, trainer',
    load: () => import('./up.ts'),
  },
  {
    name: 'down',
    group: 'Pipeline',
    summary: 'stop the stack of this folder',
    load: () => import('./down.ts'),
  },
  {
    name: 'status',
    group: 'Pipeline',
    summary: 'what runs, waits and lies in the store: workers, trainers, queue, datasets, runs',
    load: () => import('./status.ts'),
  },
  {
    name: 'logs',
    group: 'Pipeline',
    summary: 'show and follow the logs of the stack, of one of its processes, or of a run',
    load: () => import('./logs.ts'),
  },
  {
    name: 'console',
    group: 'Pipeline',
    summary: 'a page and an HTTP API to see and steer runs, datasets and workers',
    load: () => import('./console.ts'),
  },
  {
    name: 'worker',
    group: 'Pipeline',
    summary: 'run one preprocess worker here, with REDIS_URL and STORAGE_URL of the pipeline',
    load: () => import('./worker.ts'),
  },
  {
    name: 'trainer',
    group: 'Pipeline',
    summary: 'run one trainer here, with REDIS_URL and STORAGE_URL of the pipeline',
    load: () => import('./trainer.ts'),
  },
  {
    name: 'dataset',
    group: 'Data',
    summary: 'make and look at datasets',
    load: () => import('./dataset.ts'),
  },
  {
    name: 'train',
    group: 'Training',
    summary: 'queue a training run on a dataset',
    load: () => import('./train.ts'),
  },
  {
    name: 'profile',
    group: 'Training',
    summary: 'what a run trains with: list the profiles, show every key of one',
    load: () => import('./profile.ts'),
  },
  { name: 'run', group: 'Training', summary: 'look at runs and steer them', load: () => import('./run.ts') },
  {
    name: 'ablate',
    group: 'Training',
    summary: "train a net and the same without each of the paper's tricks, and compare them",
    load: () => import('./ablate.ts'),
  },
  {
    name: 'evaluate',
    group: 'Results',
    summary: 'how well a checkpoint recognises the validation images, in all and class by class',
    load: () => import('./evaluate.ts'),
  },
  {
    name: 'predict',
    group: 'Results',
    summary: 'the most probable classes of images: of files, folders, patterns, or paths on stdin',
    load: () => import('./predict.ts'),
  },
  {
    name: 'export',
    group: 'Results',
    summary: 'write the net of a run into a folder, for other programs',
    load: () => import('./export.ts'),
  },
  {
    name: 'figures',
    group: 'Results',
    summary: 'draw the filters, predictions, learning curves and lighting of a run, as SVG and PNG',
    load: () => import('./figures.ts'),
  },
  {
    name: 'audit',
    group: 'Results',
    summary: 'prove from its ledger that a run consumed every sample of every epoch once',
    load: () => import('./audit.ts'),
  },
  {
    name: 'batch',
    group: 'Results',
    summary: 'make the batch of a past step again, prove that it is the one, and draw what the net saw',
    load: () => import('./batch.ts'),
  },
  {
    name: 'tensorboard',
    group: 'Results',
    summary: 'write the history of a run as event files, for TensorBoard',
    load: () => import('./tensorboard.ts'),
  },
  {
    name: 'prune',
    group: 'Upkeep',
    summary: 'delete what failed and interrupted jobs have left, after showing it',
    load: () => import('./prune.ts'),
  },
  {
    name: 'setup',
    group: 'Upkeep',
    summary: 'fetch or build what this machine needs: TensorFlow, Redis, MinIO',
    load: () => import('./setup.ts'),
  },
  {
    name: 'doctor',
    group: 'Upkeep',
    summary: 'what is installed, what is missing, and the command that mends it',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'completion',
    group: 'Upkeep',
    summary: 'print the script that completes commands in bash, zsh or fish',
    load: () => import('./completion.ts'),
  },
];

/** Adds a command without what it needs: its module, which `load` gets, registers that. */
export const declareCommand = (program: Command, { name, group, summary }: CommandEntry): Command =>
  program.command(name).description(summary).helpGroup(`${group}:`);
