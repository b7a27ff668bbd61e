import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { AlexnetError, runCommand } from '@alexnet/core';
import { ADDON_FLAGS, bindingPackage, installedAddon, nodeApiInclude } from './layout.ts';
import type { Layout } from './layout.ts';

/**
 * Compiles tfjs-node's addon, whose source ships in its npm package, against the unpacked libraries, and tries to
 * load it in a process of its own. @throws PROVISION_FAILED
 */
export async function compileAddon(compiler: string, layout: Layout): Promise<void> {
  const partial = `${layout.addon}.${process.pid}.partial`;
  try {
    const compiled = await runCommand(
      compiler,
      [
        ...ADDON_FLAGS,
        ...[`-I${nodeApiInclude}`, `-I${layout.include}`, `-I${path.join(bindingPackage, '..')}`],
        ...['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc', ...layout.libraries],
        ...[`-Wl,-rpath,${path.join(layout.root, 'tensorflow')}`, '-o', partial],
      ],
      { cwd: bindingPackage },
    );
    if (compiled.status !== 0) throw failed('the addon to compile', compiled.tail);
    const load = `process.dlopen({ exports: {} }, ${JSON.stringify(partial)})`;
    const loaded = await runCommand(process.execPath, ['-e', load], {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    });
    if (loaded.status !== 0) throw failed('the compiled addon to load', loaded.tail);
    renameSync(partial, layout.addon);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Puts a copy of the addon where the npm package looks for it. */
export function linkAddon(layout: Layout): void {
  const partial = `${installedAddon}.${process.pid}.partial`;
  mkdirSync(path.dirname(installedAddon), { recursive: true });
  copyFileSync(layout.addon, partial);
  renameSync(partial, installedAddon);
}

function failed(expected: string, actual: string): AlexnetError {
  return new AlexnetError('PROVISION_FAILED', {
    expected,
    actual,
    remedy:
      'TensorFlow needs glibc 2.27 and a C++17 compiler, on Debian or Ubuntu `apt-get install -y g++`; ' +
      'then run `npx alexnet setup tensorflow` again.',
  });
}
