import { fileURLToPath } from 'node:url';

/** Where the files lie that go into an export as they are. */
const FOLDER = new URL('../assets/', import.meta.url);

export const assetFile = (name: string): string => fileURLToPath(new URL(name, FOLDER));
