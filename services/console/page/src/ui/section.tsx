import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface SectionProps {
  title: string;
  /** Beside the title, e.g. a count or controls. */
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

/** A card with a title. */
export function Section({ title, aside, class: name = '', children }: SectionProps) {
  const id = useId();
  return (
    <section class={`card ${name}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <div class="card-aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}
