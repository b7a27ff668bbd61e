import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TEST_TABLES, testTable } from '@alexnet/sources/testing';
import { raw } from '../parser.ts';
import type { Parser } from '../parser.ts';
import { readItems } from './records.ts';

/** Tables of pictures; each input is listed, and all its rows read. */
export const tables: Parser = {
  name: 'parquet',
  open(folder) {
    mkdirSync(folder, { recursive: true });
    return {
      documents: TEST_TABLES.map((name) => raw(testTable(name))),
      async read(bytes) {
        writeFileSync(path.join(folder, 'train.parquet'), bytes);
        await readItems(folder);
      },
    };
  },
};
