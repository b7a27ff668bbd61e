import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { AlexnetError, messageOf, runCommand } from '@alexnet/core';
import { compileAddon, linkAddon } from './addon.ts';
import { isLinked, layoutOf } from './layout.ts';
import type { Layout, Variant } from './layout.ts';
import { findTools } from './tools.ts';
import { unpackWheels } from './wheels.ts';

/** The variant that `auto` stands for: gpu where an NVIDIA driver is loaded. */
export async function chooseVariant(wanted: 'auto' | Variant): Promise<Variant> {
  if (wanted !== 'auto') return wanted;
  if (existsSync('/proc/driver/nvidia')) return 'gpu';
  return (await runCommand('nvidia-smi', ['--list-gpus'])).status === 0 ? 'gpu' : 'cpu';
}

/**
 * Makes TensorFlow usable from Node: its libraries in `<cacheDir>/tensorflow/<version>-<variant>`, the addon compiled
 * beside them and copied into the npm package. Each of the three is skipped where it is done already; a set-up that
 * is interrupted leaves nothing that a later one takes for done.
 * @throws PYTHON_MISSING or PROVISION_FAILED with every reason and the command that mends it
 */
export async function provisionTensorflow(options: {
  cacheDir: string;
  variant: Variant;
  onProgress: (line: string) => void;
}): Promise<void> {
  const { cacheDir, variant, onProgress } = options;
  const layout = layoutOf(cacheDir, variant);
  const unpacked = layout.libraries.every((library) => existsSync(library));
  if (unpacked && isLinked(layout)) return;
  try {
    if (!unpacked || !existsSync(layout.addon)) {
      const { python, compiler } = await findTools();
      if (!unpacked) await unpackAtomically(python, variant, layout, onProgress);
      onProgress('compiling the TensorFlow addon');
      await compileAddon(compiler, layout);
    }
    linkAddon(layout);
  } catch (cause) {
    if (cause instanceof AlexnetError) throw cause;
    throw new AlexnetError('PROVISION_FAILED', {
      expected: `to write ${layout.root}`,
      actual: messageOf(cause),
      remedy: 'Free disk space or set ALEXNET_CACHE_DIR to a folder with 4 GB of room (gpu: 10 GB).',
      cause,
    });
  }
  onProgress(`TensorFlow (${variant}) is ready`);
}

async function unpackAtomically(
  python: string,
  variant: Variant,
  layout: Layout,
  onProgress: (line: string) => void,
): Promise<void> {
  const parent = path.dirname(layout.root);
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const partial = mkdtempSync(path.join(parent, `partial-${process.pid}-`));
  try {
    await unpackWheels(python, variant, partial, onProgress);
    rmSync(layout.root, { recursive: true, force: true });
    renameSync(partial, layout.root);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Partial folders of set-ups that were killed; those of living processes stay. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = /^partial-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}
