import type { Sorting } from './sort.ts';

interface SortHeaderProps<K extends string> {
  by: K;
  label: string;
  class?: string;
  sorting: Sorting<K>;
  onSort: (sorting: Sorting<K>) => void;
}

/** The head of a column, a button that sorts by it. Pressed again, it turns the order round. */
export function SortHeader<K extends string>({
  by,
  label,
  class: name,
  sorting,
  onSort,
}: SortHeaderProps<K>) {
  const isCurrent = sorting.by === by;
  const order = !isCurrent ? 'none' : sorting.isDescending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={name} aria-sort={order}>
      <button
        type="button"
        class="sort"
        onClick={() => onSort({ by, isDescending: isCurrent ? !sorting.isDescending : false })}
      >
        {label}
        <span class="sort-mark" aria-hidden="true">
          {isCurrent && (sorting.isDescending ? '↓' : '↑')}
        </span>
      </button>
    </th>
  );
}
