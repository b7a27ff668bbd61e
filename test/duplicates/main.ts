/**
 * Measures how copies of images are found: `npm run duplicates photographs FOLDER…` on files, which must be different
 * photographs, and `npm run duplicates scale TRAIN VAL` on so many generated fingerprints.
 */
import { measurePhotographs } from './photographs.ts';
import { measureScale } from './scale.ts';

const [what, ...rest] = process.argv.slice(2);
if (what === 'photographs' && rest.length > 0) await measurePhotographs(rest);
else if (what === 'scale' && rest.length === 2) await measureScale(Number(rest[0]), Number(rest[1]));
else {
  console.error('expected: photographs FOLDER… | scale TRAIN VAL');
  process.exitCode = 2;
}
