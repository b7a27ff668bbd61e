import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

const ROOT = path.resolve(import.meta.dirname, '../..');
const TURBO = path.join(
  path.dirname(createRequire(import.meta.url).resolve('turbo/package.json')),
  'bin/turbo',
);

/** Builds what changed since the last build. Tests import other packages from their build (decision 0008). */
function build(): void {
  // Turborepo starts pnpm, which is among the dependencies.
  const PATH = [path.join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(path.delimiter);
  const args = [TURBO, 'run', 'build', '--output-logs=errors-only'];
  const options = { cwd: ROOT, env: { ...process.env, PATH }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  if (status === 0) return;
  process.stderr.write(stdout + stderr);
  throw new Error('The build failed, so no test was run.');
}

/** Before the first test, and in watch mode before each rerun. */
export default function setup(project: TestProject): void {
  build();
  project.onTestsRerun(build);
}
