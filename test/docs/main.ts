/** `npm run docs`: writes what the documents say of the commands. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { generatedDocs, ROOT } from './generated.ts';

for (const [file, text] of await generatedDocs()) writeFileSync(path.join(ROOT, file), text);
