import type { ComponentChildren } from 'preact';
import type { Pages } from '../api/use-pages.ts';
import { ErrorBox } from './error-box.tsx';
import { Skeleton } from './states.tsx';

interface PagedProps<P extends { items: readonly unknown[]; next: string | null }> {
  from: Pages<P>;
  /** What did not work where it fails. */
  problem: string;
  children: (items: readonly P['items'][number][]) => ComponentChildren;
}

/** The items of a list so far, and a button for more. */
export function Paged<P extends { items: readonly unknown[]; next: string | null }>({
  from: { items, error, isAsking, more },
  problem,
  children,
}: PagedProps<P>) {
  return (
    <>
      {items !== undefined && children(items)}
      {error !== undefined && <ErrorBox error={error} title={problem} />}
      {items === undefined && error === undefined && <Skeleton />}
      {more !== undefined && (
        <button type="button" class="button plain more" disabled={isAsking} onClick={more}>
          {isAsking ? 'Loading …' : 'Show more'}
        </button>
      )}
    </>
  );
}
