import { preparePython } from './python.ts';

/** A Python with JAX, numpy, Pillow, safetensors and tifffile. @throws as {@link preparePython} */
export function parityPython(): Promise<string> {
  return preparePython({
    name: 'parity',
    size: 'about 170 MB',
    imports: 'import jax, numpy, PIL, safetensors.numpy, tifffile',
  });
}
