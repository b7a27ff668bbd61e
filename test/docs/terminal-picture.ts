/**
 * `npm run terminal-picture -- FILE.png COLUMNS COMMAND…`: what a command prints in a terminal of so many columns, as a
 * picture for the documents. Needs Chromium and `script` of util-linux.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import Convert from 'ansi-to-html';
import { screenOf } from '@alexnet/cli/testing';
import { findChromium, startBrowser } from '../support/browser.ts';

const COLOURS = { 1: '#ff6b6b', 2: '#6bd68f', 3: '#e8c268', 4: '#5fb3f9', 6: '#5ccfe6' };

const CLI = createRequire(import.meta.url).resolve('@alexnet/cli/main');
const [file = '', columns = '80', ...command] = process.argv.slice(2);
if (!file.endsWith('.png') || command.length === 0)
  throw new Error('usage: npm run terminal-picture -- FILE.png COLUMNS COMMAND…');

const program = findChromium();
if (program === undefined) throw new Error('Chromium is not on PATH: apt-get install chromium');

const browser = await startBrowser(program, { webgl: false });
try {
  const page = await browser.newPage({ deviceScaleFactor: 2 });
  await page.setContent(html(record(command), Number(columns)));
  await page.locator('main').screenshot({ path: file });
  if (!existsSync(file)) throw new Error(`${path.resolve(file)} was not written`);
} finally {
  await browser.close();
}

/** What the command leaves on the screen. */
function record(args: readonly string[]): string {
  const quoted = [process.execPath, CLI, ...args].map((arg) => `'${arg}'`).join(' ');
  const typescript = execFileSync(
    'script',
    ['-qec', `stty cols ${columns} rows 40; ${quoted}`, '/dev/null'],
    {
      env: { ...process.env, FORCE_COLOR: '1', TERM: 'xterm-256color' },
      maxBuffer: 64 * 1024 ** 2,
    },
  ).toString();
  return afterRedrawing(typescript.replaceAll('\r\n', '\n'));
}

/** Lines as they stand at the end. */
function afterRedrawing(text: string): string {
  return screenOf(text).join('\n').replace(/^\n+/, '').trimEnd();
}

function html(text: string, width: number): string {
  const convert = new Convert({ escapeXML: true, fg: '#d6deeb', bg: '#0b1622', colors: COLOURS });
  const prompt = `<span class="prompt">$</span> alexnet ${command.join(' ')}`;
  // Fonts of one width have no Braille: what stands in for it is wider.
  const drawn = convert.toHtml(text).replaceAll(/&#x28[\da-f]{2};/gi, '<i>$&</i>');
  return `<!doctype html><style>
    body { margin: 0; background: #0b1622; }
    main { display: inline-block; box-sizing: content-box; width: ${width}ch; padding: 20px 24px; background: #0b1622;
           color: #d6deeb; font: 14px/1.45 'DejaVu Sans Mono', 'Liberation Mono', monospace; white-space: pre; }
    .prompt { color: #5fb3f9; }
    i { display: inline-block; width: 1ch; font-style: normal; white-space: nowrap; overflow: hidden; vertical-align: top; }
  </style><main>${prompt}\n${drawn}</main>`;
}
