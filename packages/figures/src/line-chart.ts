import { LineChart, type LineSeriesOption } from 'echarts/charts';
import {
  GraphicComponent,
  GridComponent,
  MarkLineComponent,
  TitleComponent,
  type GraphicComponentOption,
  type GridComponentOption,
  type TitleComponentOption,
} from 'echarts/components';
import { init, use, type ComposeOption, type EChartsType } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { spread } from './spread.ts';
import { FAINT, FONT, INK } from './svg.ts';

use([LineChart, GridComponent, TitleComponent, MarkLineComponent, GraphicComponent, SVGRenderer]);

type ChartOption = ComposeOption<
  LineSeriesOption | GridComponentOption | TitleComponentOption | GraphicComponentOption
>;

export interface Line {
  /** Written to the right of it, at the height of its end. */
  name: string;
  /** (x, y), by x. */
  points: readonly (readonly [number, number])[];
  colour: string;
  symbol: 'circle' | 'rect' | 'triangle' | 'diamond';
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

/** Charts side by side over whole numbers from 1 on, such as epochs. The same panels give the same bytes. */
export function lineChart(
  { title, caption }: { title: string; caption: string },
  xName: string,
  panels: readonly Panel[],
): string {
  const names = panels.flatMap(({ lines }) => lines.map(({ name }) => name.length));
  const step = LEFT + PANEL_WIDTH + Math.max(RIGHT, 24 + LETTER * Math.max(0, ...names));
  const chart = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: panels.length * step,
    height: TOP + PANEL_HEIGHT + BOTTOM,
  });
  try {
    chart.setOption(chartOption({ title, caption }, xName, panels, step));
    chart.setOption({ graphic: panels.flatMap((panel, i) => nameLines(chart, panel, i, step)) });
    return settle(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

function chartOption(
  { title, caption }: { title: string; caption: string },
  xName: string,
  panels: readonly Panel[],
  step: number,
): ChartOption {
  const points = panels.flatMap(({ lines }) => lines.flatMap((line) => line.points));
  const last = Math.max(2, ...points.map(([x]) => x));
  const axisText = { color: INK, fontSize: 11 };
  const quiet = { lineStyle: { color: '#e3e3e3' } };
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT },
    title: [
      {
        text: title,
        subtext: caption,
        left: 16,
        top: 10,
        padding: 0,
        itemGap: 6,
        textStyle: { color: INK, fontSize: 14 },
        subtextStyle: { color: FAINT, fontSize: 11 },
      },
      ...panels.map((panel, i) => ({
        text: panel.title,
        left: i * step + LEFT,
        top: TOP - 26,
        padding: 0,
        textStyle: { color: INK, fontSize: 12, fontWeight: 'normal' as const },
      })),
    ],
    grid: panels.map((_, i) => ({
      left: i * step + LEFT,
      top: TOP,
      width: PANEL_WIDTH,
      height: PANEL_HEIGHT,
      outerBoundsMode: 'none' as const,
    })),
    xAxis: panels.map((_, i) => ({
      type: 'value' as const,
      gridIndex: i,
      min: 1,
      max: last,
      minInterval: 1,
      name: xName,
      nameLocation: 'middle' as const,
      nameGap: 28,
      nameTextStyle: axisText,
      axisLabel: axisText,
      axisLine: { lineStyle: { color: FAINT } },
      splitLine: { show: false },
    })),
    yAxis: panels.map(({ unit }, i) => ({
      type: 'value' as const,
      gridIndex: i,
      ...(unit === 'share' ? shareRange(panels) : { min: 0 }),
      axisLabel: {
        ...axisText,
        formatter: (value: number) => (unit === 'share' ? `${Math.round(100 * value)} %` : String(value)),
      },
      splitLine: quiet,
    })),
    series: panels.flatMap((panel, i) =>
      panel.lines.map((line, at) => series(line, i, at === 0 ? panel.level : undefined)),
    ),
  };
}

/** Whole steps around everything that is a share. */
function shareRange(panels: readonly Panel[]): { min: number; max: number; interval: number } {
  const values = panels
    .filter(({ unit }) => unit === 'share')
    .flatMap(({ lines, level }) => [
      ...lines.flatMap((line) => line.points.map(([, y]) => y)),
      ...(level === undefined ? [] : [level.value]),
    ]);
  const [least, most] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const stepsOfOne = most - least > 0.5 ? 5 : 10;
  const first = Math.min(Math.floor(least * stepsOfOne), stepsOfOne - 1);
  const last = Math.max(Math.ceil(most * stepsOfOne), first + 1);
  return { min: first / stepsOfOne, max: last / stepsOfOne, interval: 1 / stepsOfOne };
}

function series(
  { name, points, colour, symbol, strong = false }: Line,
  panel: number,
  level: Panel['level'],
): LineSeriesOption {
  return {
    type: 'line',
    name,
    xAxisIndex: panel,
    yAxisIndex: panel,
    data: points.map(([x, y]) => [x, y]),
    symbol,
    // More marks than these would hide the line.
    showSymbol: points.length <= 40,
    symbolSize: 6,
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: strong ? 3 : 1.8 },
    z: strong ? 4 : 3,
    ...(level === undefined ? {} : { markLine: markLine(level) }),
  };
}

const LINE_OF_TEXT = 14;

/** The names of a panel's lines, to the right of it, none above another. */
function nameLines(chart: EChartsType, panel: Panel, index: number, step: number): object[] {
  const ends = panel.lines
    .flatMap((line) => {
      const end = line.points.at(-1);
      return end === undefined ? [] : [{ line, y: chart.convertToPixel({ yAxisIndex: index }, end[1]) }];
    })
    .sort((a, b) => a.y - b.y);
  const places = spread(
    ends.map(({ y }) => y),
    LINE_OF_TEXT,
  );
  return ends.map(({ line: { name, colour, strong = false } }, i) => ({
    type: 'text',
    silent: true,
    x: index * step + LEFT + PANEL_WIDTH + 10,
    y: places[i],
    style: {
      text: name,
      fill: colour,
      verticalAlign: 'middle',
      font: `${strong ? 'bold' : 'normal'} 12px ${FONT}`,
    },
  }));
}

function markLine({ value, label }: NonNullable<Panel['level']>): LineSeriesOption['markLine'] {
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: FAINT, type: 'dashed', width: 1 },
    label: { formatter: label, position: 'insideStartBottom', color: FAINT, fontSize: 10 },
    data: [{ yAxis: value }],
  };
}

/**
 * ECharts adds what a mouse and its own scripts need, and numbers what it draws in one process. None of it belongs into a
 * file that is the same each time it is made.
 */
function settle(svg: string): string {
  return svg
    .replace(/<style\s*>[\s\S]*?<\/style>\n?/g, '')
    .replace(/ (ecmeta_\w+|pointer-events)="[^"]*"/g, '')
    .replace(/ class="zr\d+-cls-\d+"/g, '')
    .replace(/(?<=id="|url\(#)zr\d+-/g, 'chart-');
}
