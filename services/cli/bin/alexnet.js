#!/usr/bin/env node
// Committed, so that installing can link it before the first build.
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write(
    'The alexnet command is not built yet.\n' +
      '  expected  the built command in services/cli/dist\n' +
      '  got       none: the set-up has not run in this checkout\n' +
      '  do        Run `npm run setup` in the root of the checkout; it installs and builds everything.\n',
  );
  process.exitCode = 1;
}
