import path from 'node:path';
import { loadConfig, type Config } from '@alexnet/core';
import { readStackFile, STATE_FOLDER } from './stack/file.ts';

/**
 * The configuration of a command: the environment, and where that says nothing, the local stack that runs out of
 * this folder. The stack's values go into the environment too, where the S3 client and child processes read them.
 */
export function commandConfig(): Config {
  const stack = readStackFile(path.resolve(STATE_FOLDER));
  // All or nothing: half of a stack and half of a cluster would not be one pipeline.
  const own = ['REDIS_URL', 'STORAGE_URL'].some((name) => process.env[name] !== undefined);
  if (stack !== undefined && !own) Object.assign(process.env, stack.environment);
  return loadConfig();
}
