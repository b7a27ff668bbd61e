import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prediction } from '@alexnet/console/testing';
import { findChromium, startBrowser } from '../support/browser.ts';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

const program = findChromium();
if (program === undefined) {
  console.log(
    'skipped: no Chromium on PATH; on Debian `apt-get install -y --no-install-recommends chromium`',
  );
}

const RUN = 'shapes-1';
/** A folder for screenshots, e.g. SCREENSHOTS=/tmp/console; none are kept unless it is set. */
const SCREENSHOTS = process.env['SCREENSHOTS'];
const WIDE = { width: 1440, height: 1000 };
const NARROW = { width: 390, height: 844 };

/** Every page, with something on it that is there once its data is. */
const PAGES: Record<string, [address: string, loaded: string]> = {
  runs: ['/', RUN],
  run: [`/runs/${RUN}`, 'Checkpoints'],
  comparison: [`/?compare=${RUN}`, 'Comparison'],
  datasets: ['/datasets', 'shapes'],
  dataset: ['/datasets/shapes', 'Samples'],
  workers: ['/workers', 'Queues'],
  predict: [`/predict?run=${RUN}`, 'Choose images'],
};

/** What is opened on a page before it is looked at. */
const OPENED: Record<string, (page: Page, pictures: string) => Promise<void>> = {
  run: async (page) => {
    await page.getByRole('button', { name: 'Show the top-5 classes' }).click();
    await page.locator('.mistakes .top-bars').first().waitFor();
    await page.getByRole('button', { name: 'Audit the ledger' }).click();
    await page.getByText(/^Proven up to step 18/).waitFor();
  },
  dataset: async (page) => {
    await page.getByText('in both splits').first().waitFor();
  },
  predict: async (page, pictures) => {
    await page
      .getByLabel('Image files')
      .setInputFiles(['circle', 'square', 'cross'].map((name) => path.join(pictures, 'val', name, '1.png')));
    await expect.poll(() => page.locator('.top-bars').count()).toBe(3);
    await page.getByText('What the net saw').first().click();
  },
};

describe.skipIf(program === undefined)('the console', () => {
  let pipeline: TestPipeline;
  let browser: Browser;
  let address: string;
  let link: string;
  let pictures: string;
  beforeAll(async () => {
    pipeline = await TestPipeline.start();
    pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 20, val: 5 });
    await Promise.all([pipeline.worker(), pipeline.trainer()]);
    await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--follow');
    await pipeline.json(
      ...['train', '--dataset', 'shapes', '--run', RUN, '--profile', 'demo', '--follow'],
      ...assignments({ 'net.width': 0.1, batchSize: 10, epochs: 3, checkpointEvery: 4 }),
    );
    await pipeline.json('evaluate', '--run', RUN, '--views', '10');
    const started = await pipeline.console();
    address = started.address;
    link = `${address}/login?token=${started.token}`;
    browser = await startBrowser(program ?? '', { webgl: false });
  });
  afterAll(async () => {
    await browser.close();
    await pipeline.close();
  });

  /** A page that has the token, and what it complains about: errors, warnings, and requests to others. */
  async function open(
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
    const context = await browser.newContext({ viewport: WIDE, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) =>
      complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`),
    );
    page.on('request', (request) => {
      const own = request.url().startsWith(address) || /^(blob|data):/.test(request.url());
      if (!own) complaints.push(request.url());
    });
    await page.goto(link);
    await page.waitForURL(`${address}/`);
    return { context, page, complaints };
  }

  async function visit(page: Page, name: string): Promise<void> {
    const [place, loaded] = PAGES[name] as [string, string];
    await page.goto(address + place);
    await page.getByText(loaded, { exact: true }).first().waitFor();
    // Pictures and curves.
    await page.waitForLoadState('load');
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const viewport of [WIDE, NARROW]) {
      it(`has accessible pages without complaints, ${colorScheme}, ${viewport.width} pixels wide`, async () => {
        const { context, page, complaints } = await open({ viewport, colorScheme, reducedMotion: 'reduce' });
        for (const name of Object.keys(PAGES)) {
          await visit(page, name);
          await OPENED[name]?.(page, pictures);
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(violations.map(({ id, nodes }) => [name, id, nodes.map(({ html }) => html)])).toEqual([]);
          const overflow = await page.evaluate(
            'Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)',
          );
          expect([name, overflow]).toEqual([name, 0]);
          if (SCREENSHOTS === undefined) continue;
          await mkdir(SCREENSHOTS, { recursive: true });
          const file = `${name}-${viewport.width}-${colorScheme}.png`;
          await page.screenshot({ path: path.join(SCREENSHOTS, file), fullPage: true });
        }
        expect(complaints).toEqual([]);
        await context.close();
      });
    }
  }

  it('shows a batch of the past, proven by the ledger', async () => {
    const { context, page, complaints } = await open();
    await visit(page, 'run');
    await page.getByLabel('Step', { exact: true }).fill('5');
    await page.getByRole('button', { name: 'Show the batch' }).click();
    const pictures = page.locator('img[src*="/batches/5/"]');
    await expect.poll(() => pictures.count()).toBe(20);
    await expect
      .poll(() =>
        pictures.evaluateAll((all) =>
          all.every((each) => (each as { naturalWidth?: number }).naturalWidth !== 0),
        ),
      )
      .toBe(true);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('predicts images, and says of each what is wrong with it', async () => {
    const { context, page, complaints } = await open();
    await page.goto(`${address}/predict`);
    await page.getByLabel('Checkpoint').selectOption('latest');
    const broken = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no image') };
    const whole = {
      name: 'whole.png',
      mimeType: 'image/png',
      buffer: await readFile(path.join(pictures, 'val/cross/0.png')),
    };
    const answered = page.waitForResponse((response) => response.url().includes('/predict') && response.ok());
    await page.getByLabel('Image files').setInputFiles([broken, whole]);
    const cards = page.locator('.prediction');
    await cards.nth(1).locator('.top-bars').waitFor();
    await cards.nth(0).getByText('IMAGE_UNREADABLE').waitFor();
    expect(await cards.nth(1).locator('.top-bars li').count()).toBe(3);
    const prediction = Prediction.parse(await (await answered).json());
    const shown = async (): Promise<string[]> => await cards.nth(1).locator('.top-bars li').allTextContents();
    const textOf = (top: Prediction['mean']): string[] =>
      top.map(({ class: name, probability }) => `${name}${(100 * probability).toFixed(1)}%`);
    expect(await shown()).toEqual(textOf(prediction.mean));
    await page.getByRole('button', { name: 'Centre', exact: true }).click();
    await expect.poll(shown).toEqual(textOf(prediction.centre));
    await cards.nth(1).getByText('What the net saw').click();
    await cards.nth(1).locator('.views svg').nth(9).waitFor();
    // The browser itself reports the answer 422.
    expect(complaints.filter((text) => !text.includes('422'))).toEqual([]);
    await context.close();
  });

  it('fetches the part of a comparison that is zoomed into again', async () => {
    const { context, page, complaints } = await open();
    await visit(page, 'comparison');
    const plot = page.locator('.comparison .u-over');
    await page.getByText('Steps 0 to 17', { exact: true }).waitFor();
    await plot.hover();
    const box = await plot.boundingBox();
    if (box === null) throw new Error('the plot is not shown');
    const asked = page.waitForRequest((request) => /history\?from=\d+&to=\d+/.test(request.url()));
    const at = (share: number): [number, number] => [box.x + share * box.width, box.y + box.height / 2];
    await page.mouse.move(...at(0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.75), { steps: 5 });
    await page.mouse.up();
    const range = new URL((await asked).url()).searchParams;
    expect([range.get('from'), range.get('to')]).toEqual(['4', '13']);
    await page.getByRole('group', { name: 'Zoom' }).getByRole('button', { name: 'Whole run' }).click();
    await page.getByText('Steps 0 to 17', { exact: true }).waitFor();
    // With the keyboard.
    await page.getByRole('button', { name: 'Zoom in' }).press('Enter');
    await page.getByText('Steps 4.25 to 12.75', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('shows every job on the page of the queues', async () => {
    const { context, page, complaints } = await open();
    await visit(page, 'workers');
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Every job' }).click();
    const queues = await opened;
    await queues.close();
    await page.goto(`${address}/queues/queue/runs?status=completed`);
    await page.getByText(RUN).first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('starts a run and stops it with the keyboard alone', async () => {
    const { context, page, complaints } = await open();
    await visit(page, 'runs');
    await focus(page, 'Start a run');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await focus(page, 'Dataset');
    await page.keyboard.type('shapes');
    await focus(page, 'Profile');
    await page.keyboard.type('demo');
    await focus(page, 'Name');
    await page.keyboard.type('by-keyboard');
    await focus(page, 'Start');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await pipeline.until(
      'by-keyboard',
      ({ status, progress }) => status === 'running' && (progress?.step ?? 0) > 0,
    );

    await page.goto(`${address}/runs/by-keyboard`);
    await page.getByRole('heading', { name: 'by-keyboard' }).waitFor();
    await focus(page, 'Stop');
    await page.keyboard.press('Enter');
    await focus(page, 'Stop the run');
    await page.keyboard.press('Enter');
    await pipeline.until('by-keyboard', ({ status }) => status === 'stopped');
    await page.getByText('stopped', { exact: true }).first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });
});

const MOST_TABS = 200;

/** Goes to a control with the tabulator alone, as a person without a mouse does. */
async function focus(page: Page, name: string): Promise<void> {
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(NAME_OF_FOCUSED)) === name) return;
  }
  throw new Error(`the tabulator does not come to "${name}"`);
}

/** The label or the text of what has the focus. */
const NAME_OF_FOCUSED = `(() => {
  const element = document.activeElement;
  const label = element?.labels?.[0]?.textContent ?? element?.getAttribute('aria-label') ?? element?.textContent;
  return label?.trim();
})()`;
