import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** Rows beyond the screen that are there too, so that neither scrolling nor the Tab key meets an edge. */
const OVERSCAN = 12;
/** Shorter tables are drawn whole. */
const SHORT = 80;

interface Window {
  first: number;
  /** Exclusive. */
  last: number;
}

/** The rows of a long table that are near the screen, as the document scrolls. @param rowHeight of all rows, in px */
export function useWindow(body: RefObject<HTMLElement | null>, count: number, rowHeight: number): Window {
  const [shown, setShown] = useState<Window>({ first: 0, last: SHORT });
  useLayoutEffect(() => {
    const measure = (): void => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / rowHeight) - OVERSCAN);
      const last = first + Math.ceil(innerHeight / rowHeight) + 2 * OVERSCAN;
      setShown((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure, { passive: true });
    return () => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, [rowHeight]);
  if (count <= SHORT) return { first: 0, last: count };
  const first = Math.min(shown.first, Math.max(0, count - 1));
  return { first, last: Math.min(count, shown.last) };
}
