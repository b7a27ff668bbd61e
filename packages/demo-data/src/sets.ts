import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AlexnetError } from '@alexnet/core';

/** The packages of the sets, `@iconify-json/…`. */
export const SETS = [
  'noto',
  'noto-v1',
  'fluent-emoji-flat',
  'openmoji',
  'emojione-v1',
  'emojione',
  'twemoji',
] as const;
export type SetName = (typeof SETS)[number];

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

/** @throws PROVISION_FAILED where the sets are not installed, as outside of the repository */
async function readJson(set: SetName, file: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(findPackage(set), file), 'utf8'));
}

/** Looked for from this package, wherever a bundle has put this code: no other one depends on the sets. */
function findPackage(set: SetName): string {
  try {
    const own = createRequire(import.meta.url).resolve('@alexnet/demo-data/package.json');
    return path.dirname(createRequire(own).resolve(`@iconify-json/${set}/package.json`));
  } catch (cause) {
    throw new AlexnetError('PROVISION_FAILED', {
      expected: `the package @iconify-json/${set}, from which the pictures of the demo are drawn`,
      actual: 'it is not installed',
      remedy: 'Run the demo in a checkout of the repository: npm start. Other commands do not need it.',
      cause,
    });
  }
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
