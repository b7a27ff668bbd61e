import { loadConfig } from '@alexnet/core';
import { preparePython } from './python.ts';

/** A Python with JAX, numpy, Pillow and safetensors. @throws as {@link preparePython} */
export function parityPython(): Promise<string> {
  return preparePython({
    name: 'parity',
    size: 'about 170 MB',
    imports: 'import jax, numpy, PIL, safetensors.numpy',
    cacheDir: loadConfig().cacheDir,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
}
