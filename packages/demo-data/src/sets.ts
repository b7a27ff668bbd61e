import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** Training sets; `twemoji`, by another artist again, is held out. */
const TRAIN_SETS = ['noto', 'noto-v1', 'fluent-emoji-flat', 'openmoji', 'emojione-v1', 'emojione'] as const;
export const HELD_OUT_SET = 'twemoji';
export const SETS = [...TRAIN_SETS, HELD_OUT_SET] as const;
export type SetName = (typeof SETS)[number];

/** `icons.json` of an Iconify package: drawings by name, with the size of those that differ from the set's. */
export interface IconSet {
  width: number;
  height: number;
  icons: Record<string, { body: string; width?: number; height?: number; hidden?: boolean }>;
}

/** `metadata.json`: names by category. Some sets have none. */
export interface SetMetadata {
  categories?: Record<string, string[]>;
}

/** `info.json`: where a set comes from. */
export interface SetInfo {
  name: string;
  author: { name: string; url?: string };
  license: { title: string; url?: string };
}

const require = createRequire(import.meta.url);

async function readJson(set: SetName, file: string): Promise<unknown> {
  return JSON.parse(await readFile(require.resolve(`@iconify-json/${set}/${file}`), 'utf8'));
}

// The packages are pinned to exact versions, so their shapes are known.
export const readIcons = async (set: SetName): Promise<IconSet> =>
  (await readJson(set, 'icons.json')) as IconSet;
export const readMetadata = async (set: SetName): Promise<SetMetadata> =>
  (await readJson(set, 'metadata.json')) as SetMetadata;
export const readInfo = async (set: SetName): Promise<SetInfo> =>
  (await readJson(set, 'info.json')) as SetInfo;
export const readVersion = async (set: SetName): Promise<string> =>
  ((await readJson(set, 'package.json')) as { version: string }).version;
