import type { ComponentChildren } from 'preact';
import type { Resource } from '../api/use-resource.ts';
import { ErrorBox } from './error-box.tsx';

/** Grey bars in place of what is on its way. */
export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}

/** That there is nothing, and how to get something. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

interface LoadedProps<T> {
  from: Resource<T>;
  /** What did not work where it fails. */
  problem: string;
  lines?: number;
  children: (data: T) => ComponentChildren;
}

/** What a resource answered last, that it is on its way, why it failed. */
export function Loaded<T>({ from: { data, error }, problem, lines, children }: LoadedProps<T>) {
  if (data === undefined && error === undefined)
    return <Skeleton {...(lines === undefined ? {} : { lines })} />;
  return (
    <>
      {error !== undefined && <ErrorBox error={error} title={problem} />}
      {data !== undefined && children(data)}
    </>
  );
}
