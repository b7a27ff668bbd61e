/** Compiles resample.as and writes it as src/resample-binary.ts. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const COMPILER = 'assemblyscript@0.28.20';
const LINE = 100;

const folder = mkdtempSync(path.join(tmpdir(), 'kernel-'));
try {
  copyFileSync(fileURLToPath(new URL('resample.as', import.meta.url)), path.join(folder, 'resample.ts'));
  const flags =
    '-O3 --runtime stub --noAssert --enable simd --importMemory --noExportMemory --outFile resample.wasm';
  execFileSync('npx', ['--yes', `--package=${COMPILER}`, 'asc', 'resample.ts', ...flags.split(' ')], {
    cwd: folder,
    stdio: 'inherit',
  });
  const binary = readFileSync(path.join(folder, 'resample.wasm')).toString('base64');
  const lines = binary.match(new RegExp(`.{1,${LINE}}`, 'g')).map((line) => `  '${line}'`);
  writeFileSync(
    new URL('../src/resample-binary.ts', import.meta.url),
    `/** kernel/resample.as, compiled by kernel/build.mjs with ${COMPILER}: WebAssembly in base64. */\nexport const RESAMPLE_BINARY = [\n${lines.join(',\n')},\n].join('');\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
