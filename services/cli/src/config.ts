import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AlexnetError, loadConfig, type Config } from '@alexnet/core';
import { readStackFile, type StackEnvironment } from './stack/stack-file.ts';
import { findStateFolder } from './stack/state-folder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What says where a pipeline is: with both, an environment is complete. */
const PLACES = ['REDIS_URL', 'STORAGE_URL'] as const;

/** Which pipeline a command works with: its configuration, and the environment by which child processes reach the same one. */
export interface PipelineAccess {
  config: Config;
  environment: NodeJS.ProcessEnv;
}

/**
 * The pipeline of a command: that of the environment, and where that says nothing else, the local stack that runs out of
 * this directory or the nearest one above it. Without a stack, the store is the one that the last stack of that directory
 * has left.
 * @param note is told when the environment names another pipeline than the stack
 * @throws CONFIG_INVALID where the two contradict each other, CONFIG_UNKNOWN_KEY
 */
export function findPipeline(environment: Environment, note: (line: string) => void): PipelineAccess {
  const folder = findStateFolder();
  const stack = readStackFile(folder);
  if (stack === undefined) {
    const set = setIn(environment);
    return { config: loadConfig({ STORAGE_URL: storeIn(folder), ...set }), environment: set };
  }
  const settings = settingsOfStack(environment, stack.environment);
  if (Object.keys(settings).length === 0 && Object.keys(stack.environment).length > 0)
    note(`using the pipeline of ${PLACES.join(' and ')}, not the stack that runs out of ${folder}`);
  return accessTo(environment, settings);
}

/** The pipeline of an environment, or that of a local stack, whose variables replace those of the environment. */
export function accessTo(environment: Environment, stack: StackEnvironment): PipelineAccess {
  const merged = { ...environment, ...stack };
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = stack;
  const isKnown = accessKeyId !== undefined && secretAccessKey !== undefined;
  return {
    config: { ...loadConfig(merged), s3Credentials: isKnown ? { accessKeyId, secretAccessKey } : undefined },
    environment: merged,
  };
}

const storeIn = (folder: string): string => pathToFileURL(path.join(folder, 'store')).href;

const setIn = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => isSet(value)));

/**
 * What a command takes from the stack of its folder: all of it where every variable that the environment sets has the
 * stack's value, and nothing where the environment names another pipeline as a whole. An empty variable counts as unset.
 * @throws CONFIG_INVALID for anything in between: half of a stack and half of a cluster are not one pipeline
 */
export function settingsOfStack(environment: Environment, stack: StackEnvironment): StackEnvironment {
  const set = (Object.keys(stack) as (keyof StackEnvironment)[]).filter((name) => isSet(environment[name]));
  const different = set.filter((name) => environment[name] !== stack[name]);
  if (different.length === 0) return stack;
  const isWhole = PLACES.every((name) => isSet(environment[name]));
  if (isWhole && different.length === set.length) return {};
  throw new AlexnetError('CONFIG_INVALID', {
    expected:
      'the settings of the stack that runs out of this folder (.alexnet/stack.json), or all of another pipeline: ' +
      PLACES.join(' and '),
    actual: `a different ${different.join(', ')}, and the stack's ${missing(stack, different).join(', ')}`,
    remedy: `Unset ${different.join(', ')} to use the stack, set ${PLACES.join(' and ')} to use another pipeline, or run the command in another folder.`,
  });
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

const missing = (stack: StackEnvironment, different: readonly string[]): string[] =>
  Object.keys(stack).filter((name) => !different.includes(name));
