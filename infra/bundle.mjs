/**
 * `node ../../infra/bundle.mjs main.js images/thread.js` in a service's folder: puts the programs that `tsc` built under
 * build/ into a few files under dist/, together with the packages that they import. Node starts them in a third of the
 * time that some 900 modules take (docs/decisions/0021-bundled-programs.md).
 */
import { rmSync } from 'node:fs';
import { rolldown } from 'rolldown';

/** Stay in node_modules: they load binaries, threads or pages that lie beside their own files. */
const EXTERNAL = ['koffi', 'piscina', '@fastify/swagger-ui', '@bull-board/ui'];

const programs = process.argv.slice(2);

rmSync('dist', { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(programs.map((file) => [file.replace(/\.js$/, ''), `build/${file}`])),
  platform: 'node',
  external: EXTERNAL,
  // The ES modules of packages that have both, since what is unused of these can be left out.
  resolve: { mainFields: ['module', 'main'] },
  // Without this, all of BullMQ counts as used.
  treeshake: { moduleSideEffects: [{ test: /node_modules\/bullmq\//, sideEffects: false }] },
  // bull-board looks for its page in that way, unless it is told where it is.
  checks: { eval: false },
  logLevel: 'warn',
});
await bundle.write({
  dir: 'dist',
  format: 'esm',
  chunkFileNames: 'chunks/[name]-[hash].js',
  sourcemap: true,
});
