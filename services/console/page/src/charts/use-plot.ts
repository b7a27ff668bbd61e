import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { theme } from '../state/theme.ts';

export type Unsized = Omit<uPlot.Options, 'width' | 'height'>;

/**
 * A plot as wide as its element, made again when its options or the theme change.
 * @param optionsKey says which options these are
 */
export function usePlot(
  element: RefObject<HTMLElement | null>,
  data: uPlot.AlignedData,
  optionsKey: string,
  options: () => Unsized,
): void {
  const plot = useRef<uPlot>(undefined);
  const drawn = useRef<uPlot.AlignedData>(undefined);
  const shownTheme = theme.value;

  useEffect(() => {
    const parent = element.current;
    if (parent === null) return undefined;
    const made = new uPlot({ ...options(), ...sizeOf(parent) }, data, parent);
    plot.current = made;
    drawn.current = data;
    const observer = new ResizeObserver(() => made.setSize(sizeOf(parent)));
    observer.observe(parent);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [optionsKey, shownTheme]);

  useEffect(() => {
    if (drawn.current !== data) plot.current?.setData(data);
    drawn.current = data;
  }, [data]);
}

const sizeOf = ({ clientWidth, clientHeight }: HTMLElement) => ({
  width: Math.max(120, clientWidth),
  height: Math.max(80, clientHeight),
});
