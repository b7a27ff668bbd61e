/**
 * Where images come from. A source lists items with, or without, what they show, and reads each by itself, so that many
 * workers share the work. What its folders mean is recognised here, or refused.
 *
 * - `files/`: folders and buckets, as trees of files
 * - `archives/`: tars and zips, likewise
 * - `layout/`: folders as splits and classes
 * - `imagenet/`, `webdataset/`, `records/` (MNIST, CIFAR-10): datasets that say themselves what each image shows
 *
 * `recognise-source.ts` tells them apart.
 */
export { checkSource, openReader, openSource } from './open.ts';
export type { SourceOptions } from './open.ts';
export { folderStaging } from './archives/staging.ts';
export type { StagingArea } from './archives/staging.ts';
export { FolderTree } from './files/folder.ts';
export { hasImageName } from './layout/folder-tree.ts';
export { ItemProblem, ItemUnreadable } from './source.ts';
export type { Source, SourceFile, SourceReader } from './source.ts';
export { SPLITS } from './splits.ts';
export type { Split } from './splits.ts';
export { labelled, readLayout } from './layout/layout.ts';
export type { Layout, LayoutOptions } from './layout/layout.ts';
export { layoutError } from './layout/layout-errors.ts';
