import { chromium, type Browser } from 'playwright-core';
import which from 'which';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A Chromium on PATH, or undefined. */
export function findChromium(): string | undefined {
  for (const name of PROGRAMS) {
    const file = which.sync(name, { nothrow: true });
    if (file !== null) return file;
  }
  return undefined;
}

/**
 * Starts it without a window. With `webgl` the processor computes it where there is no GPU; without, pages find none.
 */
export function startBrowser(program: string, { webgl }: { webgl: boolean }): Promise<Browser> {
  const args = webgl ? [] : ['--disable-gpu', '--disable-software-rasterizer'];
  // Chromium's own sandbox wants more rights than a container, or root, has.
  return chromium.launch({ executablePath: program, args: [...args, '--no-sandbox'] });
}
