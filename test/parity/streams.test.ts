import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RandomStream } from '@alexnet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { askPython, pythonOrSkip } from './python.ts';

const python = (await pythonOrSkip('random streams against numpy')) ?? '';
const numbers = z.array(z.number());
const Streams = z.object({
  words: numbers,
  normals: numbers,
  shuffled: numbers,
  kolmogorovSmirnov: z.number(),
  skewness: z.number(),
  kurtosis: z.number(),
});

const COUNT = 2_000;
const NORMALS = 200_000;
const [SEED, EPOCH, SAMPLE] = [0xfedcba98, 3, 70_000];
/** Of augmentation: half of the key, and never renumbered. */
const PURPOSE = 4;
const open = (): RandomStream => new RandomStream(SEED, 'augmentation', EPOCH, SAMPLE);
const draw = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe.skipIf(python === '')('a random stream', () => {
  let folder: string;
  let byNumpy: z.infer<typeof Streams>;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alexnet-streams-'));
    const file = path.join(folder, 'normals.bin');
    const stream = open();
    await writeFile(
      file,
      Float64Array.from({ length: NORMALS }, () => stream.normal()),
    );
    const key = [SEED, PURPOSE, EPOCH, SAMPLE, COUNT].map(String);
    byNumpy = Streams.parse(await askPython(python, 'streams.py', ...key, file));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives the words that Philox in numpy gives, and uniform numbers made of them', () => {
    const [words, uniforms] = [open(), open()];
    expect(draw(COUNT, () => words.uint32())).toEqual(byNumpy.words);
    expect(draw(COUNT, () => uniforms.uniform())).toEqual(byNumpy.words.map((word) => word / 2 ** 32));
  });

  it('gives the normal numbers that numpy makes of the same words', () => {
    const stream = open();
    for (const [i, expected] of byNumpy.normals.entries()) {
      expect(Math.abs(stream.normal() - expected), `number ${i}`).toBeLessThan(1e-12);
    }
  });

  it('shuffles as numpy does with the same words', () => {
    expect(open().shuffle([...Array(COUNT).keys()])).toEqual(byNumpy.shuffled);
  });

  it("gives normal numbers that scipy's tests take for such", () => {
    for (const test of ['kolmogorovSmirnov', 'skewness', 'kurtosis'] as const) {
      expect(byNumpy[test], test).toBeGreaterThan(0.01);
    }
  });
});
