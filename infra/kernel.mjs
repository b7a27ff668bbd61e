/**
 * Compiles an inner loop to WebAssembly, from AssemblyScript: `node infra/kernel.mjs packages/NAME/kernel/LOOP.as` writes
 * packages/NAME/src/LOOP-binary.ts, which is committed, so that nobody needs the compiler to build.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const COMPILER = 'assemblyscript@0.28.20';
const FLAGS =
  '-O3 --runtime stub --noAssert --enable simd --importMemory --noExportMemory --outFile kernel.wasm';
const LINE = 100;

const source = process.argv[2] ?? '';
const name = path.basename(source, '.as');
const folder = mkdtempSync(path.join(tmpdir(), 'kernel-'));
try {
  copyFileSync(source, path.join(folder, 'kernel.ts'));
  execFileSync('npx', ['--yes', `--package=${COMPILER}`, 'asc', 'kernel.ts', ...FLAGS.split(' ')], {
    cwd: folder,
    stdio: 'inherit',
  });
  const binary = readFileSync(path.join(folder, 'kernel.wasm')).toString('base64');
  const lines = binary.match(new RegExp(`.{1,${LINE}}`, 'g')).map((line) => `  '${line}'`);
  writeFileSync(
    path.join(path.dirname(source), `../src/${name}-binary.ts`),
    `/** kernel/${name}.as, compiled by infra/kernel.mjs with ${COMPILER}: WebAssembly in base64. */\n` +
      `export const ${name.toUpperCase()}_BINARY = [\n${lines.join(',\n')},\n].join('');\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
