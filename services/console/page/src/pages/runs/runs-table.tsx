import { useRef } from 'preact/hooks';
import type { RunRow } from '../../api/types.ts';
import { pins } from '../../state/pins.ts';
import { SortHeader } from '../../ui/sort-header.tsx';
import type { Sorting } from '../../ui/sort.ts';
import { useWindow } from '../../ui/use-window.ts';
import { COLUMNS, type Column } from './columns.ts';
import { RunTableRow } from './run-table-row.tsx';

interface RunsTableProps {
  runs: readonly RunRow[];
  sorting: Sorting<Column>;
  onSort: (sorting: Sorting<Column>) => void;
  selected: readonly string[];
  canSelectMore: boolean;
  onSelect: (run: string) => void;
}

export function RunsTable({ runs, sorting, onSort, selected, canSelectMore, onSelect }: RunsTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, last, rowHeight } = useWindow(body, runs.length);
  return (
    <div class="table-card">
      <table class="table runs-table" aria-rowcount={runs.length + 1}>
        <caption class="visually-hidden">Runs. The heads of columns sort.</caption>
        <thead>
          <tr>
            <th scope="col" class="c-tools">
              <span class="visually-hidden">Select and pin</span>
            </th>
            {COLUMNS.map((column) => (
              <SortHeader key={column.by} {...column} sorting={sorting} onSort={onSort} />
            ))}
            <th scope="col" class="c-spark">
              Loss curve
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          <Spacer height={first * rowHeight} />
          {runs.slice(first, last).map((row, i) => (
            <RunTableRow
              key={row.run}
              row={row}
              rowIndex={first + i + 2}
              isPinned={pins.value.includes(row.run)}
              isSelected={selected.includes(row.run)}
              canSelect={canSelectMore || selected.includes(row.run)}
              onSelect={onSelect}
            />
          ))}
          <Spacer height={(runs.length - last) * rowHeight} />
        </tbody>
      </table>
    </div>
  );
}

/** In place of rows that are not near the screen. @param height in px */
function Spacer({ height }: { height: number }) {
  return height <= 0 ? null : <tr aria-hidden="true" class="spacer" style={{ height: `${height}px` }} />;
}
