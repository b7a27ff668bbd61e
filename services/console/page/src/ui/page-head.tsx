import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface PageHeadProps {
  title: string;
  /** Beside the title. */
  badge?: ComponentChildren;
  below?: ComponentChildren;
  actions?: ComponentChildren;
}

/** The title of a page, of the document too, and what can be done. */
export function PageHead({ title, badge, below, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · alexnet`;
  }, [title]);
  return (
    <header class="page-head">
      <div class="page-title">
        <h1 id="title" tabIndex={-1}>
          {title}
        </h1>
        {badge}
      </div>
      {actions !== undefined && <div class="actions">{actions}</div>}
      {below !== undefined && <div class="page-below">{below}</div>}
    </header>
  );
}
