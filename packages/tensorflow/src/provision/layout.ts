import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const TENSORFLOW_VERSION = '2.21.0';
export const VARIANTS = ['cpu', 'gpu'] as const;
export type Variant = (typeof VARIANTS)[number];

const require = createRequire(import.meta.url);

/** Folder of the installed `@tensorflow/tfjs-node-gpu`, whose source is the same for both variants. */
export const bindingPackage = path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
export const nodeApiInclude = path.join(
  path.dirname(require.resolve('node-api-headers/package.json')),
  'include',
);

const { version: bindingVersion } = JSON.parse(
  readFileSync(path.join(bindingPackage, 'package.json'), 'utf8'),
) as { version: string };

/**
 * nodelete: Node unloads an addon with the worker thread that loaded it, and TensorFlow's exit handlers would then
 * point into nothing when the process ends.
 */
export const ADDON_FLAGS = ['-std=c++17', '-O2', '-shared', '-fPIC', '-DNAPI_VERSION=8', '-Wl,-z,nodelete'];
const build = createHash('sha256').update(ADDON_FLAGS.join(' ')).digest('hex').slice(0, 8);

/** Where the package looks for its addon. */
export const installedAddon = path.join(bindingPackage, 'lib/napi-v8/tfjs_binding.node');

/** `<cacheDir>/tensorflow/2.21.0-cpu`: the libraries, their C headers, for gpu the CUDA libraries, and the addon. */
export interface Layout {
  root: string;
  libraries: string[];
  include: string;
  addon: string;
}

export function layoutOf(cacheDir: string, variant: Variant): Layout {
  const root = path.join(cacheDir, 'tensorflow', `${TENSORFLOW_VERSION}-${variant}`);
  return {
    root,
    libraries: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((name) =>
      path.join(root, 'tensorflow', name),
    ),
    include: path.join(root, 'tensorflow/include'),
    addon: path.join(root, `tfjs_binding-${bindingVersion}-${build}.node`),
  };
}

/** Whether the installed addon is the one built for this layout: its bytes hold the path of its libraries. */
export function isLinked(layout: Layout): boolean {
  if (!existsSync(layout.addon) || !existsSync(installedAddon)) return false;
  return readFileSync(layout.addon).equals(readFileSync(installedAddon));
}
