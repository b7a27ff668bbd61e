import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { commandReference, commandTable } from './commands.ts';

export const ROOT = path.resolve(fileURLToPath(import.meta.url), '../../..');

const TABLE = /(<!-- commands -->\n)[^]*(<!-- \/commands -->)/;

/** The documents that are generated, or in part, as they should be, by their path in the checkout. */
export async function generatedDocs(): Promise<Map<string, string>> {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  if (!TABLE.test(readme)) throw new Error('README.md has no <!-- commands --> … <!-- /commands -->');
  const table = await commandTable();
  const docs: [string, string][] = [
    ['README.md', readme.replace(TABLE, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`)],
    ['docs/commands.md', await commandReference()],
  ];
  const formatted = docs.map(async ([file, text]): Promise<[string, string]> => {
    const options = await prettier.resolveConfig(path.join(ROOT, file));
    return [file, await prettier.format(text, { ...options, filepath: file })];
  });
  return new Map(await Promise.all(formatted));
}
