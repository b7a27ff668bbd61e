import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exportNet } from '@alexnet/export';
import { inventedNets } from '@alexnet/export/testing';
import { findChromium, startBrowser } from '../support/browser.ts';
import { drawForNet, expectSamePredictions, type Prediction } from '../support/predictions.ts';
import { serveFolder } from '../support/serve.ts';
import { RUN, startTrainedRun, type TrainedRun } from '../support/trained.ts';

const program = findChromium();
if (program === undefined) {
  console.log(
    'skipped: no Chromium on PATH; on Debian `apt-get install -y --no-install-recommends chromium`',
  );
}

/** An exported page, opened, and what it did that it should not. */
interface OpenPage {
  page: Page;
  /** Errors, and requests to others than its own server. */
  complaints: string[];
}

describe.skipIf(program === undefined)('the exported page', () => {
  let trained: TrainedRun;
  let folder: string;
  let server: Awaited<ReturnType<typeof serveFolder>>;
  const browsers: Browser[] = [];
  beforeAll(async () => {
    trained = await startTrainedRun();
    folder = trained.pipeline.folder;
    await trained.pipeline.json(
      ...['export', '--run', RUN, '--format', 'tfjs', '--out', path.join(folder, 'page')],
    );
    server = await serveFolder(folder);
  });
  afterEach(async () => {
    for (const browser of browsers.splice(0)) await browser.close();
  });
  afterAll(async () => {
    await server.close();
    await trained.pipeline.close();
  });

  async function open(name: string, options: { webgl: boolean }): Promise<OpenPage> {
    const browser = await startBrowser(program ?? '', options);
    browsers.push(browser);
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('request', (request) => {
      const own = request.url().startsWith(server.url) || /^(blob|data):/.test(request.url());
      if (!own) complaints.push(request.url());
    });
    await page.goto(`${server.url}/${name}/`);
    return { page, complaints };
  }

  /** Calls the page's `predict` with the addresses of images. */
  async function predict(page: Page, images: readonly string[]): Promise<Prediction[]> {
    const predictions: Prediction[] = [];
    for (const image of images) {
      const address = JSON.stringify(`/${path.relative(folder, image)}`);
      predictions.push({ image, top: await page.evaluate(`predict(${address})`) });
    }
    return predictions;
  }

  const backendOf = (page: Page): Promise<string> => page.evaluate('tf.getBackend()');

  for (const [backend, webgl] of [
    ['webgl', true],
    ['cpu', false],
  ] as const) {
    it(`predicts what the command line predicts, with the backend ${backend}`, async () => {
      const { page, complaints } = await open('page', { webgl });
      expectSamePredictions(await predict(page, trained.pictures), trained.predictions);
      expect([await backendOf(page), complaints]).toEqual([backend, []]);
      // WebGL would compute with 16 bits where a device has no more.
      if (webgl) expect(await page.evaluate('tf.env().getBool("WEBGL_RENDER_FLOAT32_ENABLED")')).toBe(true);
    });
  }

  it('computes every kind of net', async () => {
    for (const [name, net] of Object.entries(inventedNets())) {
      await exportNet(net, { format: 'tfjs', out: path.join(folder, name) });
      const wanted = await drawForNet(net, folder, `${name}.png`);
      const { page, complaints } = await open(name, { webgl: true });
      expectSamePredictions(await predict(page, [wanted.image]), [wanted]);
      expect(complaints).toEqual([]);
    }
  });

  it('shows the images that one gives it, in their order, and says which is none', async () => {
    const { page, complaints } = await open('page', { webgl: true });
    const text = path.join(folder, 'text.png');
    await writeFile(text, 'not an image');
    await page.setInputFiles('#files', [...trained.pictures.slice(0, 3), text]);
    await page.waitForSelector('.result:nth-child(4).failed');
    const cards = await page.locator('.result').allInnerTexts();
    const lines = cards.map((card) => card.split('\n').filter((line) => line.trim() !== ''));
    const wanted = trained.predictions
      .slice(0, 3)
      .map(({ image, top }) => [
        path.basename(image),
        ...top.flatMap((entry) => [entry.class, `${(100 * entry.probability).toFixed(1)} %`]),
      ]);
    expect(lines.slice(0, 3)).toEqual(wanted);
    expect(lines[3]?.[0]).toMatch(/^text\.png: /);
    expect(await page.locator('#status').innerText()).toContain('9 classes');
    expect(complaints).toEqual([]);
  });
});
