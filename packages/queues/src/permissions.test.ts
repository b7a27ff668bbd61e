import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, it } from 'vitest';
import { JOBS } from './permissions.ts';

/** Commands that the scripts of the installed BullMQ call. */
function commandsOfScripts(): string[] {
  const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('bullmq')), 'scripts');
  const calls = readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .flatMap((name) => [
      ...readFileSync(path.join(folder, name), 'utf8').matchAll(
        /(?:rcall|redis\.p?call)\(\s*["']([A-Za-z]+)["']/g,
      ),
    ]);
  return [...new Set(calls.map(([, command = '']) => command.toLowerCase()))].sort();
}

it('tries every command that the scripts of BullMQ run', () => {
  const called = commandsOfScripts();
  expect(called.length).toBeGreaterThan(40);
  const tried = new Set(JOBS.commands.map(([command]) => command));
  expect(called.filter((command) => !tried.has(command))).toEqual([]);
});
