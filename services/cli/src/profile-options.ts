import { Option, type Command } from 'commander';
import { AlexnetError } from '@alexnet/core';
import { assignmentsOption, wholeNumber } from './command.ts';

/** Options that change the profile of a run. */
export interface ProfileChanges {
  set: string[];
  epochs?: number;
  learningRate?: number;
}

/** Adds the options that `train` and `run resume` share. */
export function addProfileChanges(command: Command, { epochs }: { epochs: string }): Command {
  return command
    .addOption(wholeNumber('--epochs <n>', epochs, { least: 1, most: 1_000_000 }))
    .addOption(positive('--learning-rate <rate>', 'before the schedule lowers it'))
    .addOption(assignmentsOption());
}

/** What the options mean as assignments. An option of its own name wins over `--set`. */
export function changesAsAssignments({ set, epochs, learningRate }: ProfileChanges): string[] {
  return [...set, ...assignDefined({ epochs, 'optimizer.learningRate': learningRate })];
}

/** `key=value` of each value that is given. */
export const assignDefined = (values: Readonly<Record<string, number | undefined>>): string[] =>
  Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));

/** A positive number. @throws USAGE */
export function positive(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
    throw new AlexnetError('USAGE', {
      expected: `${flags} to be a number above 0`,
      actual: text,
      remedy: 'E.g. 0.01.',
    });
  });
}
