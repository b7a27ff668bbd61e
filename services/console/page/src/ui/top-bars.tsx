import type { TopClasses } from '../api/types.ts';
import { percent } from '../format/format.ts';

/** The most probable classes with bars. @param truth the class of the image, where it is known */
export function TopBars({ top, truth }: { top: TopClasses; truth?: string }) {
  return (
    <ol class="top-bars">
      {top.map(({ class: name, probability }) => (
        <li key={name} class={name === truth ? 'right' : undefined}>
          <span class="top-class" title={name}>
            {name}
            {name === truth && <span class="visually-hidden"> (the right one)</span>}
          </span>
          <span class="number">{percent(probability)}</span>
          <span class="top-bar-line" aria-hidden="true">
            <span style={{ width: `${100 * probability}%` }} />
          </span>
        </li>
      ))}
    </ol>
  );
}
