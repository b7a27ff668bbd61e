/**
 * What the tests that cross packages need of the command line.
 */
export { readStackFile, writeStackFile } from './stack/stack-file.ts';
