import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { area, line, symbol, symbolCircle, symbolDiamond, symbolSquare, symbolTriangle } from 'd3-shape';
import { spread } from './spread.ts';
import { drawing, FAINT, path, segment, shade, text } from './svg.ts';

const SYMBOLS = {
  circle: symbolCircle,
  square: symbolSquare,
  triangle: symbolTriangle,
  diamond: symbolDiamond,
};

export interface Line {
  /** Written to the right of it, at the height of its end. */
  name: string;
  /** (x, y), by x. */
  points: readonly (readonly [number, number])[];
  /** (x, least, greatest), by x: shaded behind the line. */
  band?: readonly (readonly [number, number, number])[];
  colour: string;
  symbol: keyof typeof SYMBOLS;
  /** Of thicker line than the others. */
  strong?: boolean;
}

export interface Panel {
  title: string;
  /** Shares of 1 are written in per cent. All panels of shares have the same scale. */
  unit: 'share' | 'number';
  lines: readonly Line[];
  /** A line across, with what it means. */
  level?: { value: number; label: string };
}

const PANEL_WIDTH = 340;
const PANEL_HEIGHT = 260;
const LEFT = 56;
/** Room for the names of the lines, at least. */
const RIGHT = 84;
const TOP = 88;
const BOTTOM = 48;
const LETTER = 7;
const X_TICKS = 8;
const Y_TICKS = 5;
/** Square units. */
const SYMBOL_AREA = 32;
/** More marks than these would hide the line. */
const MOST_MARKS = 40;
const BAND_OPACITY = 0.2;
const LINE_OF_TEXT = 14;
const GRID = '#e3e3e3';

/** Charts side by side over numbers from 0 or 1 on, such as epochs. The same panels give the same bytes. */
export function lineChart(
  { title, caption }: { title: string; caption: string },
  xName: string,
  panels: readonly Panel[],
): string {
  const names = panels.flatMap(({ lines }) => lines.map(({ name }) => name.length));
  const step = LEFT + PANEL_WIDTH + Math.max(RIGHT, 24 + LETTER * Math.max(0, ...names));
  const points = panels.flatMap(({ lines }) => lines.flatMap((each) => each.points));
  // From 0 where something is drawn before the first whole number.
  const first = points.some(([x]) => x < 1) ? 0 : 1;
  const last = Math.max(first + 1, ...points.map(([x]) => x));
  const body = panels.flatMap((panel, index) => {
    const left = index * step + LEFT;
    const x = scaleLinear([first, last], [left, left + PANEL_WIDTH]);
    const range = [TOP + PANEL_HEIGHT, TOP];
    const y =
      panel.unit === 'share'
        ? scaleLinear(shareDomain(panels), range)
        : scaleLinear([0, greatest(panel)], range).nice(Y_TICKS);
    return [
      text(panel.title, { x: left, y: TOP - 16 }),
      ...axes(panel, { x, y }, xName),
      ...(panel.level === undefined ? [] : level(panel.level, { x, y })),
      // The one that stands out is drawn last, above the others.
      ...panel.lines
        .toSorted((a, b) => Number(a.strong) - Number(b.strong))
        .flatMap((each) => curve(each, { x, y })),
      ...namesOf(panel, y, left + PANEL_WIDTH + 10),
    ];
  });
  return drawing(panels.length * step, TOP + PANEL_HEIGHT + BOTTOM, [
    text(title, { x: 16, y: 24, size: 14, bold: true }),
    text(caption, { x: 16, y: 43, size: 11, fill: FAINT }),
    ...body,
  ]);
}

interface Scales {
  x: ScaleLinear<number, number>;
  y: ScaleLinear<number, number>;
}

const greatest = ({ lines, level: across }: Panel): number =>
  Math.max(0, across?.value ?? 0, ...lines.flatMap(heightsOf)) || 1;

const heightsOf = ({ points, band = [] }: Line): number[] => [
  ...points.map(([, y]) => y),
  ...band.flatMap(([, low, high]) => [low, high]),
];

/** Whole steps around everything that is a share. */
function shareDomain(panels: readonly Panel[]): [number, number] {
  const values = panels
    .filter(({ unit }) => unit === 'share')
    .flatMap(({ lines, level: across }) => [
      ...lines.flatMap(heightsOf),
      ...(across === undefined ? [] : [across.value]),
    ]);
  const [least, most] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const stepsOfOne = most - least > 0.5 ? 5 : 10;
  const first = Math.min(Math.floor(least * stepsOfOne), stepsOfOne - 1);
  const last = Math.max(Math.ceil(most * stepsOfOne), first + 1);
  return [first / stepsOfOne, last / stepsOfOne];
}

function axes({ unit }: Panel, { x, y }: Scales, xName: string): string[] {
  const [left = 0, right = 0] = x.range();
  const [bottom = 0] = y.range();
  const xTicks = x.ticks(X_TICKS).filter(Number.isInteger);
  return [
    ...y.ticks(Y_TICKS).flatMap((value) => [
      segment({ x1: left, y1: at(y(value)), x2: right, y2: at(y(value)), stroke: GRID }),
      text(unit === 'share' ? `${Math.round(100 * value)} %` : String(value), {
        ...{ x: left - 8, y: at(y(value) + 4), size: 11, anchor: 'end' },
      }),
    ]),
    segment({ x1: left, y1: bottom, x2: right, y2: bottom, stroke: FAINT }),
    ...xTicks.flatMap((value) => [
      segment({ x1: at(x(value)), y1: bottom, x2: at(x(value)), y2: bottom + 5, stroke: FAINT }),
      text(String(value), { x: at(x(value)), y: bottom + 18, size: 11, anchor: 'middle' }),
    ]),
    text(xName, { x: (left + right) / 2, y: bottom + 38, size: 11, anchor: 'middle' }),
  ];
}

function level({ value, label }: NonNullable<Panel['level']>, { x, y }: Scales): string[] {
  const [left = 0, right = 0] = x.range();
  const height = at(y(value));
  return [
    segment({ x1: left, y1: height, x2: right, y2: height, stroke: FAINT, dashes: '4 4' }),
    text(label, { x: left + 5, y: height + 13, size: 10, fill: FAINT }),
  ];
}

function curve(
  { points, band = [], colour, symbol: kind, strong = false }: Line,
  { x, y }: Scales,
): string[] {
  if (points.length === 0) return [];
  const toPath = line<readonly [number, number]>(
    ([value]) => x(value),
    ([, value]) => y(value),
  );
  const toBand = area<readonly [number, number, number]>()
    .x(([value]) => x(value))
    .y0(([, low]) => y(low))
    .y1(([, , high]) => y(high));
  const mark = symbol(SYMBOLS[kind], SYMBOL_AREA)() ?? '';
  const marks = points.length > MOST_MARKS ? [] : points;
  return [
    ...(band.length === 0 ? [] : [shade(toBand(band) ?? '', colour, BAND_OPACITY)]),
    path(toPath(points) ?? '', { stroke: colour, strokeWidth: strong ? 3 : 1.8 }),
    ...marks.map(([value, height]) => path(mark, { fill: colour, x: at(x(value)), y: at(y(height)) })),
  ];
}

/** The names of a panel's lines, to the right of it, none above another. */
function namesOf({ lines }: Panel, y: Scales['y'], left: number): string[] {
  const ends = lines
    .flatMap((each) => {
      const end = each.points.at(-1);
      return end === undefined ? [] : [{ ...each, place: y(end[1]) }];
    })
    .sort((a, b) => a.place - b.place);
  const places = spread(
    ends.map(({ place }) => place),
    LINE_OF_TEXT,
  );
  return ends.map(({ name, colour, strong = false }, i) =>
    text(name, { x: left, y: at((places[i] ?? 0) + 4), fill: colour, bold: strong }),
  );
}

/** A hundredth of a unit is less than anyone sees. */
const at = (place: number): number => Math.round(100 * place) / 100;
