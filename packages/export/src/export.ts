import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { TrainedNet } from '@alexnet/pipeline';
import { writeFolder } from './folder.ts';
import { writeSafetensors } from './safetensors.ts';
import { writeTfjs } from './tfjs.ts';

const WRITERS = { safetensors: writeSafetensors, tfjs: writeTfjs };

export type Format = keyof typeof WRITERS;
export const FORMATS = Object.keys(WRITERS) as Format[];

export interface ExportedFile {
  name: string;
  bytes: number;
}

export interface ExportOptions {
  format: Format;
  /** A folder that is new or empty. */
  out: string;
  /** When it aborts before the end, nothing is written, and its reason is thrown. */
  signal?: AbortSignal;
}

/**
 * Writes a net into a folder, whole or not at all. Returns the files, by name.
 * @throws USAGE where `out` cannot be created, TENSORFLOW_MISSING for `tfjs`
 */
export async function exportNet(
  trained: TrainedNet,
  { format, out, signal }: ExportOptions,
): Promise<ExportedFile[]> {
  await writeFolder(out, async (folder) => {
    await WRITERS[format](trained, folder);
    signal?.throwIfAborted();
  });
  const names = (await readdir(out)).sort();
  return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(path.join(out, name))).size })));
}
