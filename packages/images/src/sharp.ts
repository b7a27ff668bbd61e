import { createRequire } from 'node:module';
import type sharpModule from 'sharp';
import type { Sharp, SharpInput, SharpOptions } from 'sharp';

type SharpModule = typeof sharpModule;

const require = createRequire(import.meta.url);
let loaded: SharpModule | undefined;

/** Sharp, loaded with the first image: that takes an eighth of a second, and most commands need none. */
export function sharp(options?: SharpOptions): Sharp;
export function sharp(input?: SharpInput | SharpInput[], options?: SharpOptions): Sharp;
export function sharp(...args: unknown[]): Sharp {
  return (loadSharp() as (...args: unknown[]) => Sharp)(...args);
}

/**
 * Before threads that decode are started: sharp's libraries stay loaded as long as the thread that loaded them first
 * (https://sharp.pixelplumbing.com/install, "Worker threads").
 */
export function loadSharp(): SharpModule {
  return (loaded ??= load());
}

function load(): SharpModule {
  const module = require('sharp') as SharpModule;
  // libvips would keep the last results for a repeat that never comes: every image is decoded once.
  module.cache(false);
  // One libvips thread an image. An image of this size gains little from more, and jobs decode several at once:
  // libuv's thread pool (UV_THREADPOOL_SIZE, 4 unless set) says how many.
  module.concurrency(1);
  return module;
}
