import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { raw } from '../parser.ts';
import type { Document, Parser } from '../parser.ts';
import { readItems } from './records.ts';

/** Lists of images, which lie beside them; each input is listed, and its first files read. */
function listParser(name: string, file: string, documents: readonly Document[]): Parser {
  return {
    name,
    open(folder) {
      const images = path.join(folder, 'a');
      mkdirSync(images, { recursive: true });
      for (const image of ['1.png', '2.png']) writeFileSync(path.join(images, image), image);
      const place = path.join(folder, file);
      return {
        documents,
        async read(bytes) {
          writeFileSync(place, bytes);
          await readItems(place);
        },
      };
    },
  };
}

const text = (...lines: string[]): Buffer => Buffer.from(lines.join('\n'));
const objects = [
  { path: 'a/1.png', label: 'cat', split: 'train' },
  { path: './a/2.png', label: 7, split: 'val' },
  { path: 'a/3.png', label: 'dog', split: 'test' },
];

export const lists: readonly Parser[] = [
  listParser('csv-list', 'list.csv', [
    raw(text('path,label,split', 'a/1.png,cat,train', '"a/2.png","the ""dog""",val', 'a/3.png,cat,test', '')),
    raw(text('\ufeffLabel;More;File Name\r', '10;x;a/1.png\r', '2;;a\\2.png\r', '2;;../x\r')),
  ]),
  listParser('jsonl-list', 'list.jsonl', [
    { bytes: text(...objects.map((each) => JSON.stringify(each))), form: 'lines' },
  ]),
];
