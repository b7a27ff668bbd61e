import { existsSync } from 'node:fs';
import { installedAddon, isLinked, layoutOf, TENSORFLOW_VERSION, VARIANTS } from './layout.ts';

export interface TensorflowCheck {
  ok: boolean;
  detail: string;
  /** The command that mends it; empty when nothing is wrong. */
  fix: string;
}

/** Whether TensorFlow is provisioned, from the files alone: it is not loaded. */
export function checkTensorflow(cacheDir: string): TensorflowCheck {
  const fix = 'npx alexnet setup tensorflow';
  if (!existsSync(installedAddon)) return { ok: false, detail: 'the TensorFlow addon is not installed', fix };
  for (const variant of VARIANTS) {
    const layout = layoutOf(cacheDir, variant);
    if (!isLinked(layout)) continue;
    const missing = layout.libraries.filter((library) => !existsSync(library));
    if (missing.length > 0) return { ok: false, detail: `${missing.join(', ')} is missing`, fix };
    return { ok: true, detail: `TensorFlow ${TENSORFLOW_VERSION} (${variant})`, fix: '' };
  }
  return { ok: false, detail: `the TensorFlow addon was built for another cache than ${cacheDir}`, fix };
}
