import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A Chromium on PATH, or undefined. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return PROGRAMS.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts it without a window. With `webgl` the processor computes it where there is no GPU; without, pages find none.
 */
export function startBrowser(program: string, { webgl }: { webgl: boolean }): Promise<Browser> {
  const args = webgl ? [] : ['--disable-gpu', '--disable-software-rasterizer'];
  // Chromium's own sandbox wants more rights than a container, or root, has.
  return chromium.launch({ executablePath: program, args: [...args, '--no-sandbox'] });
}
