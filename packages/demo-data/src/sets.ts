import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** Where each set's package lies. */
const PACKAGES = {
  noto: require.resolve('@iconify-json/noto/package.json'),
  'noto-v1': require.resolve('@iconify-json/noto-v1/package.json'),
  'fluent-emoji-flat': require.resolve('@iconify-json/fluent-emoji-flat/package.json'),
  openmoji: require.resolve('@iconify-json/openmoji/package.json'),
  'emojione-v1': require.resolve('@iconify-json/emojione-v1/package.json'),
  emojione: require.resolve('@iconify-json/emojione/package.json'),
  twemoji: require.resolve('@iconify-json/twemoji/package.json'),
};
export type SetName = keyof typeof PACKAGES;
export const SETS = Object.keys(PACKAGES) as SetName[];

/** By another artist than the sets to train on. */
export const HELD_OUT_SET = 'twemoji' satisfies SetName;

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

async function readJson(set: SetName, file: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(path.dirname(PACKAGES[set]), file), 'utf8'));
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
