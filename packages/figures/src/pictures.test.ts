import { rasteriseSvg } from '@alexnet/images';
import { describe, expect, it } from 'vitest';
import { lightingFigure } from './lighting.ts';
import { predictionsFigure } from './predictions.ts';

/** Grey, and of a side that is no other program's. */
const SIDE = 12;
const GREY = new Uint8Array(SIDE * SIDE * 3).fill(100);

const count = (svg: string, part: string): number => svg.split(part).length - 1;

describe('predictionsFigure', () => {
  const image = (truth: string, probabilities: number[]) => ({
    pixels: GREY,
    truth,
    top: probabilities.map((probability, i) => ({ class: `class ${i}`, probability })),
  });

  it('has a bar for each class, as long as it is probable, that of the true class in another colour', async () => {
    const svg = await predictionsFigure('two', [image('class 1', [0.75, 0.25]), image('class 9', [1, 0])]);
    const bars = [...svg.matchAll(/width="([\d.]+)" height="16" fill="(#\w+)"/g)].map(([, width, fill]) => [
      width,
      fill,
    ]);
    expect(bars).toEqual([
      ['150', '#a9cbe8'],
      ['50', '#f6b26b'],
      ['200', '#a9cbe8'],
      ['0', '#a9cbe8'],
    ]);
    expect(count(svg, '<image')).toBe(2);
    expect(svg).toContain('75.0 %');
    expect(await predictionsFigure('two', [image('class 1', [0.75, 0.25]), image('class 9', [1, 0])])).toBe(
      svg,
    );
    await rasteriseSvg(svg, 1);
  });

  it('shortens names that would run out of their place, and writes any name as text', async () => {
    const svg = await predictionsFigure('one', [
      { pixels: GREY, truth: 'a'.repeat(60), top: [{ class: '<b>\u0007&', probability: 1 }] },
    ]);
    expect(svg).toContain(`>${'a'.repeat(23)}…<`);
    expect(svg).toContain('>&lt;b&gt; &amp;<');
    await rasteriseSvg(svg, 1);
  });
});

describe('lightingFigure', () => {
  const components = {
    eigenvalues: [10000, 400, 0],
    eigenvectors: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };
  const draws = [{ label: 'epoch 1', alphas: [0.1, 0, 0] }];
  const options = { pixels: GREY, components, mode: 'stddev', stddev: 0.1, draws } as const;

  it('shows the image along each component, and as it was drawn', async () => {
    const svg = await lightingFigure('grey', options);
    const images = [...svg.matchAll(/href="([^"]*)"/g)].map(([, data]) => data);
    expect(images).toHaveLength(3 * 7 + 1);
    // Seven shades of red, seven of green; no variance along blue; the draw is a step along red.
    expect(new Set(images.slice(0, 7)).size).toBe(7);
    expect(new Set(images.slice(7, 14)).size).toBe(7);
    expect(new Set(images.slice(14, 21)).size).toBe(1);
    expect(images[14]).toBe(images[3]);
    expect(images[21]).toBe(images[4]);
    expect(svg).toContain('√λ = 100.0');
    expect(await lightingFigure('grey', options)).toBe(svg);
    await rasteriseSvg(svg, 1);
  });

  it('names the scale that the paper prints where the run takes it', async () => {
    expect(await lightingFigure('grey', { ...options, mode: 'eigenvalue' })).toContain('>λ = 10000.0<');
  });
});
