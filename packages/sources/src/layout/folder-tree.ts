import { periodicYield } from '@alexnet/core';
import path from 'node:path';
import type { SourceFile } from '../source.ts';

/** Of the image formats that are read, and of some that are not but are images all the same. */
const IMAGE_NAME = /\.(jpe?g|jpe|jfif|png|apng|gif|webp|tiff?|avif|bmp|heic|heif|jp2|jxl|p[bgpn]m)$/i;
const OTHER_NAME =
  /\.(txt|md|rst|csv|tsv|jsonl?|xml|ya?ml|html?|pdf|log|py|ipynb|mat|np[yz]|pkl|h5|tfrecord|zip|tar|t?gz|7z|rar|docx?|xlsx?)$/i;

/** Names of inner folders that are kept, all together: a class may have a folder for each image. */
const FOLDERS_KEPT = 500_000;

/** Whether a file is surely something else by its name. */
export const isNoImage = (name: string): boolean => OTHER_NAME.test(name);

export const hasImageName = (name: string): boolean => IMAGE_NAME.test(name);

/** Whether a file may be an image by its name: also one without an extension. */
export const mayBeImage = (name: string): boolean =>
  IMAGE_NAME.test(name) || !path.posix.basename(name).includes('.');

/** What a folder holds, by the names alone. */
export interface Folder {
  /** Images directly in it. */
  direct: number;
  /** Images in it, at any depth. */
  images: number;
  /** Files in it, at any depth. */
  files: number;
  /** The folders directly in it. */
  folders: Set<string>;
}

/**
 * The folders directly below a place, with what they hold.
 * @param root '' or a path that ends in `/`
 */
export async function foldersBelow(files: readonly SourceFile[], root: string): Promise<Map<string, Folder>> {
  const found = new Map<string, Folder>();
  const maybeYield = periodicYield();
  let kept = 0;
  for (const { name } of files) {
    await maybeYield();
    if (!name.startsWith(root)) continue;
    const end = name.indexOf('/', root.length);
    if (end === -1) continue;
    const top = name.slice(root.length, end);
    const folder = found.get(top) ?? { direct: 0, images: 0, files: 0, folders: new Set() };
    found.set(top, folder);
    if (name.length === end + 1) continue;
    const next = name.indexOf('/', end + 1);
    const isFolder = name.endsWith('/');
    const image = !isFolder && mayBeImage(name) ? 1 : 0;
    folder.images += image;
    if (!isFolder) folder.files++;
    if (next === -1) folder.direct += image;
    else if (kept < FOLDERS_KEPT) {
      const before = folder.folders.size;
      kept += folder.folders.add(name.slice(end + 1, next)).size - before;
    }
  }
  return found;
}
