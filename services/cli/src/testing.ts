/**
 * What the tests that cross packages, and the reference of the commands in the docs, need of the command line.
 */
export { loadCommandTree } from './command-tree.ts';
export { screenOf } from './ui/screen.ts';
export { readStackFile, writeStackFile } from './stack/stack-file.ts';
