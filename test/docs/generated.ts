import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { commandReference, commandTable } from './commands.ts';

export const ROOT = path.resolve(fileURLToPath(import.meta.url), '../../..');

const TABLE = /(<!-- commands -->\n)[^]*(<!-- \/commands -->)/;

/** As `prettier --check` wants it. @param file its path in the checkout */
export async function formatDocument(file: string, text: string): Promise<string> {
  const options = await prettier.resolveConfig(path.join(ROOT, file));
  return await prettier.format(text, { ...options, filepath: file });
}

/** The documents that are generated, or in part, as they should be, by their path in the checkout. */
export async function generatedDocs(): Promise<Map<string, string>> {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  if (!TABLE.test(readme)) throw new Error('README.md has no <!-- commands --> … <!-- /commands -->');
  const table = await commandTable();
  const docs: [string, string][] = [
    ['README.md', readme.replace(TABLE, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`)],
    ['docs/commands.md', await commandReference()],
  ];
  return new Map(
    await Promise.all(docs.map(async ([file, text]) => [file, await formatDocument(file, text)] as const)),
  );
}
