import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AlexnetError, messageOf } from '@alexnet/core';
import { rasteriseSvg } from '@alexnet/images';

/** Pixels of a PNG for each unit of the drawing. */
const SCALE = 2;

/** Files of one command in a folder, with a list of them. */
export class FigureFiles {
  readonly #folder: string;
  /** In the order of writing. */
  readonly files: string[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder, where there is none. @throws USAGE where that cannot be */
  static async open(folder: string): Promise<FigureFiles> {
    try {
      await mkdir(folder, { recursive: true });
    } catch (cause) {
      throw new AlexnetError('USAGE', {
        expected: `--out ${folder} to be a folder, or one that can be made`,
        actual: messageOf(cause),
        remedy: 'Name another folder.',
        cause,
      });
    }
    return new FigureFiles(folder);
  }

  /** Writes NAME.svg and NAME.png. Files of these names are replaced. */
  async figure(name: string, svg: string): Promise<void> {
    await this.text(`${name}.svg`, svg);
    await this.#write(`${name}.png`, await rasteriseSvg(svg, SCALE));
  }

  async picture(file: string, png: Buffer): Promise<void> {
    await this.#write(file, png);
  }

  async text(file: string, content: string): Promise<void> {
    await this.#write(file, Buffer.from(content));
  }

  async #write(file: string, bytes: Buffer): Promise<void> {
    const place = path.join(this.#folder, file);
    await writeFile(place, bytes);
    this.files.push(place);
  }
}
