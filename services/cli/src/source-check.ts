import { access } from 'node:fs/promises';
import path from 'node:path';
import { checkSource as checkLocalSource } from '@alexnet/sources';
import type { CommandContext } from './command.ts';
import { findStackOf } from './stack/stack-file.ts';

/**
 * Looks at a local source before its job is queued. Where the workers are those of the local stack, they see what this
 * command sees, so what they would refuse is refused at once. Elsewhere a missing path is only noted.
 * @throws SOURCE_NOT_FOUND
 */
export async function checkSource({ config, output }: CommandContext, source: string): Promise<void> {
  if (!path.isAbsolute(source)) return;
  if (findStackOf(config.redisUrl) !== undefined) {
    await checkLocalSource(source);
  } else if (await isMissing(source)) {
    output.note(`there is nothing at ${source} on this machine; the workers must have it there`);
  }
}

const isMissing = async (file: string): Promise<boolean> =>
  await access(file).then(
    () => false,
    () => true,
  );
