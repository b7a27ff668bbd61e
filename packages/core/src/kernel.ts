/** What of WebAssembly is used: Node has it, the types of ES2023 and of Node do not. */
declare const WebAssembly: {
  Module: new (binary: Uint8Array) => object;
  Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const PAGE_BYTES = 65_536;

/** Whole pages of 64 KiB, zeroed. It does not grow. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
}

/** An instance of an inner loop: its functions work in `memory`, and their arguments are offsets in it. */
export interface KernelInstance<Functions> {
  functions: Functions;
  memory: KernelMemory;
}

/**
 * Compiles an inner loop, once, for instances that each have a memory of their own, of so many bytes, or work in that of
 * others.
 * @param binary WebAssembly in base64, as infra/kernel.mjs writes it: it imports its memory, and exports `Functions`
 */
export function compileKernel<Functions>(
  binary: string,
): (place: number | KernelMemory) => KernelInstance<Functions> {
  const module = new WebAssembly.Module(Buffer.from(binary, 'base64'));
  return (place) => {
    const memory = typeof place === 'number' ? newMemory(place) : place;
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    return { functions: instance.exports as Functions, memory };
  };
}

function newMemory(bytes: number): KernelMemory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}
