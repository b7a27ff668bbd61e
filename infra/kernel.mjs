/**
 * Compiles inner loops to WebAssembly, from AssemblyScript: `node infra/kernel.mjs packages/NAME/kernel/LOOP.as` writes
 * packages/NAME/src/LOOP-binary.ts, which is committed, so that nobody needs the compiler to build. `--check` compiles
 * the named ones, or all, and compares with what is committed. The compiler has its hash in downloads.json.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installPinned, pinnedPackages } from './npm-pinned.mjs';

const FLAGS =
  '-O3 --runtime stub --noAssert --enable simd --importMemory --noExportMemory --outFile kernel.wasm';
const LINE = 100;
const COMPILER = Object.keys(pinnedPackages('assemblyscript')).find((name) =>
  name.startsWith('assemblyscript@'),
);

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const sources = positionals.length > 0 || !values.check ? positionals : allSources();
if (sources.length === 0) {
  console.error('expected packages/NAME/kernel/LOOP.as, or --check');
  process.exit(64);
}
const folder = mkdtempSync(path.join(tmpdir(), 'kernel-'));
try {
  const compiler = path.join(installPinned('assemblyscript', folder), 'assemblyscript/bin/asc.js');
  for (const source of sources) {
    const target = path.join(path.dirname(source), `../src/${path.basename(source, '.as')}-binary.ts`);
    const text = compile(compiler, source);
    if (!values.check) writeFileSync(target, text);
    else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) differs(source, target);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The text of the module that holds the compiled loop. */
function compile(compiler, source) {
  copyFileSync(source, path.join(folder, 'kernel.ts'));
  const args = [compiler, 'kernel.ts', ...FLAGS.split(' ')];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${source} does not compile:\n${stderr}`);
  const name = path.basename(source, '.as');
  const binary = readFileSync(path.join(folder, 'kernel.wasm')).toString('base64');
  const lines = binary.match(new RegExp(`.{1,${LINE}}`, 'g')).map((line) => `  '${line}'`);
  return (
    `/** kernel/${name}.as, compiled by infra/kernel.mjs with ${COMPILER}: WebAssembly in base64. */\n` +
    `export const ${name.toUpperCase()}_BINARY = [\n${lines.join(',\n')},\n].join('');\n`
  );
}

function differs(source, target) {
  console.error(`${target} is not what ${source} compiles to. Run: npm run kernel ${source}`);
  process.exitCode = 1;
}

function allSources() {
  const folders = readdirSync('packages').map((name) => `packages/${name}/kernel`);
  return folders
    .filter((name) => existsSync(name))
    .flatMap((name) => readdirSync(name).map((file) => `${name}/${file}`))
    .filter((file) => file.endsWith('.as'));
}
