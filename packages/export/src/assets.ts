import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Path of a file that is copied into exports unchanged. Resolved by package name, so it is also found from a bundle. */
export const assetFile = (name: string): string => require.resolve(`@alexnet/export/assets/${name}`);
