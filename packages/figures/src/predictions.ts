import { encodeJpeg } from '@alexnet/images';
import { drawing, FAINT, frame, picture, rect, shorten, text } from './svg.ts';

export interface PredictedImage {
  /** uint8 [side, side, 3]. */
  pixels: Uint8Array;
  /** The class that it is of. */
  truth: string;
  /** The most probable classes, best first. */
  top: readonly { class: string; probability: number }[];
}

const COLUMNS = 4;
const SIDE = 200;
const GAP = 24;
const MARGIN = 16;
const HEAD = 52;
const LABEL = 26;
const BAR = 18;
/** Blue and orange differ to colour-blind eyes too, and dark letters can be read on both. */
const OTHER_CLASS = '#a9cbe8';
const TRUE_CLASS = '#f6b26b';
const LETTERS = { truth: 24, bar: 21 };

/**
 * Images with the classes that a net holds for most probable, as in figure 4 of the paper: below each its true class,
 * and a bar for each class as long as it is probable, that of the true class in another colour.
 * @param note what is below each image
 */
export async function predictionsFigure(
  title: string,
  images: readonly PredictedImage[],
  note = 'The five most probable classes of each image, below its own class',
): Promise<string> {
  const bars = Math.max(0, ...images.map(({ top }) => top.length));
  const panelHeight = SIDE + LABEL + bars * BAR;
  const rows = Math.ceil(images.length / COLUMNS);
  const width = COLUMNS * (SIDE + GAP) - GAP + 2 * MARGIN;
  const panels = await Promise.all(
    images.map((image, index) =>
      panel(
        image,
        MARGIN + (index % COLUMNS) * (SIDE + GAP),
        HEAD + Math.floor(index / COLUMNS) * (panelHeight + GAP),
      ),
    ),
  );
  const legend = [
    rect({ x: MARGIN, y: 29, width: 10, height: 10, fill: TRUE_CLASS }),
    text('its class', { x: MARGIN + 15, y: 38, size: 11, fill: FAINT }),
    rect({ x: MARGIN + 84, y: 29, width: 10, height: 10, fill: OTHER_CLASS }),
    text('another class', { x: MARGIN + 99, y: 38, size: 11, fill: FAINT }),
    text(note, {
      x: MARGIN + 196,
      y: 38,
      size: 11,
      fill: FAINT,
    }),
  ];
  return drawing(width, HEAD + rows * (panelHeight + GAP) - GAP + MARGIN, [
    text(title, { x: MARGIN, y: 20, size: 14, bold: true }),
    ...legend,
    ...panels.flat(),
  ]);
}

async function panel({ pixels, truth, top }: PredictedImage, x: number, y: number): Promise<string[]> {
  const side = Math.sqrt(pixels.length / 3);
  const lines = top.flatMap((entry, index) => {
    const line = y + SIDE + LABEL + index * BAR;
    const fill = entry.class === truth ? TRUE_CLASS : OTHER_CLASS;
    const width = Number((SIDE * Math.max(0, Math.min(1, entry.probability))).toFixed(2));
    return [
      rect({ x, y: line, width, height: BAR - 2, fill }),
      text(shorten(entry.class, LETTERS.bar), { x: x + 4, y: line + 12, size: 11 }),
      text(`${(100 * entry.probability).toFixed(1)} %`, {
        x: x + SIDE - 2,
        y: line + 12,
        size: 11,
        anchor: 'end',
      }),
    ];
  });
  const box = { x, y, width: SIDE, height: SIDE };
  return [
    picture(box, 'jpeg', await encodeJpeg(pixels, side)),
    frame(box),
    text(shorten(truth, LETTERS.truth), { x: x + SIDE / 2, y: y + SIDE + 17, anchor: 'middle', bold: true }),
    ...lines,
  ];
}
