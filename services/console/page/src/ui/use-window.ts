import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** Rows beyond the screen that are there too, so that neither scrolling nor the Tab key meets an edge. */
const OVERSCAN = 12;
/** Shorter tables are drawn whole. */
const SHORT = 80;

export interface Window {
  first: number;
  /** Exclusive. */
  last: number;
  /** Of all rows, in px. */
  rowHeight: number;
}

/** The rows of a long table that are near the screen, as the document scrolls. All rows are as high as the first. */
export function useWindow(body: RefObject<HTMLElement | null>, count: number): Window {
  const [shown, setShown] = useState<Window>({ first: 0, last: SHORT, rowHeight: 52 });
  useLayoutEffect(() => {
    const measure = (): void =>
      setShown((before) => keepEqual(before, windowOf(body.current, before.rowHeight)));
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure, { passive: true });
    return () => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, []);
  if (count <= SHORT) return { first: 0, last: count, rowHeight: shown.rowHeight };
  // After a filter, the table can be shorter than where it was scrolled to.
  const first = Math.max(0, Math.min(shown.first, count - (shown.last - shown.first)));
  return { ...shown, first, last: Math.min(count, shown.last) };
}

function windowOf(body: HTMLElement | null, lastHeight: number): Window {
  const row = body?.querySelector('tr:not(.spacer)');
  const rowHeight = row?.getBoundingClientRect().height ?? lastHeight;
  const top = body?.getBoundingClientRect().top ?? 0;
  const first = Math.max(0, Math.floor(-top / rowHeight) - OVERSCAN);
  return { first, last: first + Math.ceil(innerHeight / rowHeight) + 2 * OVERSCAN, rowHeight };
}

const keepEqual = (before: Window, next: Window): Window =>
  before.first === next.first && before.last === next.last && before.rowHeight === next.rowHeight
    ? before
    : next;
