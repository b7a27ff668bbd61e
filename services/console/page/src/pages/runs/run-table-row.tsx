import { Component } from 'preact';
import type { RunRow } from '../../api/types.ts';
import { Spark } from '../../charts/spark.tsx';
import { count, duration, loss, NONE, percent } from '../../format/format.ts';
import { datasetPath, runPath } from '../../router.ts';
import { togglePin } from '../../state/pins.ts';
import { plainText } from '../../ui/prose.tsx';
import { Progress } from '../../ui/progress.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { shareDone } from './columns.ts';

interface RunTableRowProps {
  row: RunRow;
  rowIndex: number;
  isPinned: boolean;
  isSelected: boolean;
  canSelect: boolean;
  onSelect: (run: string) => void;
}

/** A row. It is drawn again only when what it shows changed: of hundreds of runs, few change at a time. */
export class RunTableRow extends Component<RunTableRowProps> {
  override shouldComponentUpdate(next: RunTableRowProps): boolean {
    const { row, rowIndex, isPinned, isSelected, canSelect } = this.props;
    return (
      row !== next.row ||
      rowIndex !== next.rowIndex ||
      isPinned !== next.isPinned ||
      isSelected !== next.isSelected ||
      canSelect !== next.canSelect
    );
  }

  override render({ row, rowIndex, isPinned, isSelected, canSelect, onSelect }: RunTableRowProps) {
    return (
      <tr aria-rowindex={rowIndex} class={isSelected ? 'selected' : undefined}>
        <td class="c-tools">
          <Tools run={row.run} {...{ isPinned, isSelected, canSelect, onSelect }} />
        </td>
        <td class="c-state">
          <StateBadge state={row.status} />
          {row.error !== null && (
            <span class="row-note" title={plainText(`${row.error.message} ${row.error.remedy}`)}>
              {row.error.code}
            </span>
          )}
        </td>
        <th scope="row" class="c-run">
          <a href={runPath(row.run)}>{row.run}</a>
          <span class="row-sub">
            <span class="sub-state">
              <StateBadge state={row.status} />
            </span>
            <span class="sub-set">
              {[row.dataset, row.profile].filter((text) => text !== null).join(' · ')}
            </span>
          </span>
        </th>
        <td class="c-dataset">
          {row.dataset === null ? NONE : <a href={datasetPath(row.dataset)}>{row.dataset}</a>}
        </td>
        <td class="c-profile">{row.profile ?? NONE}</td>
        <td class="c-progress">
          <RunProgress row={row} />
        </td>
        <td class="c-left number">{row.status === 'running' ? duration(row.secondsLeft) : NONE}</td>
        <td class="c-error number">{percent(row.validation?.top1Error)}</td>
        <td class="c-best number">{percent(row.best?.top1Error)}</td>
        <td class="c-loss number">{loss(row.loss)}</td>
        <td class="c-speed number">{count(row.imagesPerSecond)}</td>
        <td class={`c-wait number ${(row.dataWait ?? 0) > 0.05 ? 'attention' : ''}`}>
          {percent(row.dataWait)}
        </td>
        <td class="c-age number">
          <TimeAgo time={row.updatedAt ?? row.startedAt} />
        </td>
        <td class="c-spark">
          <Spark values={row.spark} />
        </td>
      </tr>
    );
  }
}

type ToolsProps = Pick<RunTableRowProps, 'isPinned' | 'isSelected' | 'canSelect' | 'onSelect'> & {
  run: string;
};

function Tools({ run, isPinned, isSelected, canSelect, onSelect }: ToolsProps) {
  return (
    <span class="row-tools">
      <input
        type="checkbox"
        aria-label={`Compare ${run}`}
        checked={isSelected}
        disabled={!canSelect}
        onChange={() => onSelect(run)}
      />
      <button
        type="button"
        class="pin"
        aria-pressed={isPinned}
        aria-label={`Pin ${run}`}
        title={isPinned ? 'Unpin' : 'Pin to the top'}
        onClick={() => togglePin(run)}
      >
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path d="M10 1.5 14.5 6l-1 1-.8-.3-2.4 2.4.2 2.7-1.3 1.2L6.3 10 3 13.9l-.9-.9L6 9.7 3 6.8l1.2-1.3 2.7.2 2.4-2.4-.3-.8z" />
        </svg>
      </button>
    </span>
  );
}

function RunProgress({ row }: { row: RunRow }) {
  return (
    <span class="run-progress">
      <Progress share={shareDone(row)} label={`Progress of ${row.run}`} />
      <span class="quiet">
        {row.epochs !== null && `epoch ${count(row.epoch)} of ${count(row.epochs)}`}
        <span class="sub-step">
          {row.epochs !== null && ' · '}step {count(row.step)}
        </span>
      </span>
    </span>
  );
}
