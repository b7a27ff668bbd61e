import { Option, type Command } from 'commander';
import { AlexnetError, checkNotifyUrl, createLogger, shutdownSignal, untilStopped } from '@alexnet/core';
import { PROFILES } from '@alexnet/model';
import {
  openConfiguredStore,
  openPipeline,
  openReading,
  type OpenReading,
  type Pipeline,
} from '@alexnet/pipeline';
import type { ObjectStore } from '@alexnet/storage';
import { startTraces } from '@alexnet/telemetry';
import { sayAwaited, sayingStore } from './awaited.ts';
import { findPipeline, type PipelineAccess } from './config.ts';
import { createOutput, type Output } from './ui/output.ts';

export interface CommandContext extends PipelineAccess {
  output: Output;
  /** Aborts on Ctrl-C, SIGTERM or SIGHUP. */
  signal: AbortSignal;
}

/** What a command does with its arguments and options. */
export type Run<Arguments extends unknown[], Options extends object> = (
  context: CommandContext,
  args: Arguments,
  options: Options,
) => Promise<void>;

/** Time that a command has to end when it is interrupted: then what hangs, since a server is down, is left behind. */
const STOP_MS = 5_000;

/**
 * What every command has: `--json`, an example, and the same handling of errors and signals.
 * @param options.stopMs for a command that has something to stop
 */
export function action<Arguments extends unknown[], Options extends object>(
  command: Command,
  example: string,
  run: Run<Arguments, Options>,
  { stopMs = STOP_MS }: { stopMs?: number } = {},
): void {
  command
    .option('--json', 'print one JSON document on stdout, everything else on stderr')
    .addHelpText('after', `\nExample:\n  $ alexnet ${example}\n`)
    .action(async (...given: unknown[]) => {
      // commander passes the arguments, then the options, then the command.
      const options = given.at(-2) as Options;
      const { json = false } = command.optsWithGlobals<{ json?: boolean }>();
      const signal = shutdownSignal();
      const output = createOutput(json);
      const context = { ...findPipeline(process.env, output.note), output, signal };
      // A closed terminal or pipe is no reason to end without closing.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
      await untilStopped(run(context, given.slice(0, -2) as Arguments, options), signal, stopMs);
    });
}

/** Time for what ends by itself when it is interrupted. */
const GRACE_MS = 2_000;
/** Time for ending connections, also to servers that do not answer. */
const CLOSE_MS = 2_000;

/** Runs something with the pipeline open, and closes it. @throws what `run` throws; INTERRUPTED where that hangs */
export async function withPipeline<T>(
  { config, environment, output, signal }: CommandContext,
  run: (pipeline: Pipeline) => Promise<T>,
): Promise<T> {
  let server = '';
  const traces = await startTraces('cli', createLogger('cli', config.logLevel), environment);
  const opening = openPipeline(config, {
    onWait: (next) => (server = next),
    isTraced: traces !== undefined,
  });
  const pipeline = await untilStopped(
    sayAwaited(output, opening, () => server),
    signal,
    GRACE_MS,
  );
  try {
    const watched = { ...pipeline, store: sayingStore(pipeline.store, output) };
    return await untilStopped(run(watched), signal, GRACE_MS);
  } finally {
    // One that leaves does not wait for a Redis that may be away: the process ends, and its connections with it.
    const leaves = signal.aborted || pipeline.redis.status !== 'ready';
    await Promise.all([pipeline.lifecycle.close(leaves ? LEAVING_MS : CLOSE_MS), traces?.close()]);
  }
}

/** The store alone, for a command that needs no queue. */
export const commandStore = ({ config, output }: Pick<CommandContext, 'config' | 'output'>): ObjectStore =>
  sayingStore(openConfiguredStore(config), output);

/** Runs something that only reads, and says so where Redis could not be asked. Nothing is written to the store. */
export async function withReading<T>(
  { config, output, signal }: CommandContext,
  run: (reading: OpenReading) => Promise<T>,
): Promise<T> {
  let server = '';
  const opening = openReading(config, { onWait: (next) => (server = next) });
  const reading = await untilStopped(
    sayAwaited(output, opening, () => server),
    signal,
    GRACE_MS,
  );
  try {
    const { redisError } = reading;
    if (redisError !== undefined)
      output.note(
        `${redisError.code}: the queue could not be asked, so this is what the store says: ${redisError.actual}`,
      );
    const watched = { ...reading, store: sayingStore(reading.store, output) };
    return await untilStopped(run(watched), signal, GRACE_MS);
  } finally {
    await reading.lifecycle.close(CLOSE_MS);
  }
}

/** Of one that does not wait. */
const LEAVING_MS = 100;

interface Range {
  least: number;
  most: number;
}

/** An option that is a whole number. @throws USAGE */
export function wholeNumber(flags: string, description: string, range: Range): Option {
  return new Option(flags, description).argParser((text) => parseWholeNumber(text, flags, range));
}

/** @throws USAGE */
export function parseWholeNumber(text: string, flags: string, { least, most }: Range): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new AlexnetError('USAGE', {
    expected: `${flags} to be a whole number from ${least} to ${most}`,
    actual: text,
    remedy: 'Correct the value.',
  });
}

/** The names of the profiles, for the help. */
export const profileNames = (): string => PROFILES.map(({ name }) => name).join(', ');

/** A profile by its name. */
export const profileOption = (): Option =>
  new Option('--profile <profile>', `one of ${profileNames()}`).default('paper');

/** Assignments to the profile, in the order that they are given in. */
export const assignmentsOption = (): Option =>
  new Option('--set <key=value>', 'overrides a value of the profile; may be repeated')
    .argParser((value: string, before: string[]) => [...before, value])
    .default([]);

const MOST_SEED = 2 ** 32 - 1;
export const seedOption = (): Option =>
  wholeNumber('--seed <seed>', 'decides every random draw', { least: 0, most: MOST_SEED }).default(0);

/** @throws CONFIG_INVALID */
export const notifyOption = (): Option =>
  new Option(
    '--notify <url>',
    'post a webhook there when it ends or waits for data (default: ALEXNET_NOTIFY_URL)',
  ).argParser(checkNotifyUrl);
