import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { RunRow, RunState } from '../../api/types.ts';
import { useRuns } from '../../api/use-runs.ts';
import { count, plural } from '../../format/format.ts';
import { comparePath, goTo, runPath } from '../../router.ts';
import { notify } from '../../state/notices.ts';
import { pins } from '../../state/pins.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import type { Sorting } from '../../ui/sort.ts';
import { Empty, Skeleton } from '../../ui/states.tsx';
import { COLUMNS, STATE_ORDER, type Column } from './columns.ts';
import { Comparison } from './comparison.tsx';
import { shownRuns, type Filter } from './run-filter.ts';
import { RunsTable } from './runs-table.tsx';
import { StartRunDialog } from './start-run-dialog.tsx';

const MOST_COMPARED = 8;

/** All runs, and a comparison of some. @param compare names of those that are compared */
export function RunsPage({ compare }: { compare: readonly string[] }) {
  const { runs, error, refresh } = useRuns();
  const [isStarting, setStarting] = useState(false);
  const compared = useMemo(() => comparable(compare, runs ?? []), [compare, runs]);
  return (
    <>
      <PageHead
        title="Runs"
        badge={runs !== undefined && <span class="quiet">{summary(runs)}</span>}
        actions={
          <ActionButton kind="primary" onClick={() => setStarting(true)}>
            Start a run
          </ActionButton>
        }
      />
      {isStarting && (
        <StartRunDialog
          onClose={() => setStarting(false)}
          onStarted={(run) => {
            notify(`Run ${run} is queued.`);
            refresh();
            goTo(runPath(run));
          }}
        />
      )}
      {compared.length > 0 && runs !== undefined && <Comparison names={compared} runs={runs} />}
      {runs === undefined && error !== undefined && (
        <ErrorBox error={error} title="The runs could not be listed." />
      )}
      {runs === undefined && error === undefined && <Skeleton lines={8} />}
      {runs?.length === 0 && <NoRuns />}
      {runs !== undefined && runs.length > 0 && <RunsList runs={runs} compare={compare} />}
    </>
  );
}

/** Those of an address that there are, as many as can be told apart by their colours. */
const comparable = (names: readonly string[], runs: readonly RunRow[]): string[] =>
  names.filter((name) => runs.some(({ run }) => run === name)).slice(0, MOST_COMPARED);

function summary(runs: readonly RunRow[]): string {
  const running = runs.filter(({ status }) => status === 'running').length;
  return running === 0
    ? plural(runs.length, 'run')
    : `${plural(runs.length, 'run')}, ${count(running)} running`;
}

function NoRuns() {
  return (
    <Empty title="No runs yet">
      <p>A run trains the net on a dataset. Start one here, or in a terminal:</p>
      <pre>
        <code>npx alexnet train --dataset DATASET</code>
      </pre>
      <p>
        There is no dataset either? <a href="/datasets">Add one</a> first.
      </p>
    </Empty>
  );
}

function RunsList({ runs, compare }: { runs: readonly RunRow[]; compare: readonly string[] }) {
  const [filter, setFilter] = useState<Filter>({ text: '', state: 'all' });
  const [sorting, setSorting] = useState<Sorting<Column>>({ by: 'age', isDescending: false });
  const [selected, setSelected] = useState<readonly string[]>(compare);
  const pinned = pins.value;
  const shown = useMemo(() => shownRuns(runs, filter, sorting, pinned), [runs, filter, sorting, pinned]);
  const toggle = (run: string): void =>
    setSelected((names) => (names.includes(run) ? names.filter((name) => name !== run) : [...names, run]));

  return (
    <section aria-label="All runs">
      <div class="toolbar">
        <FilterFields runs={runs} filter={filter} onChange={setFilter}>
          <SortBy sorting={sorting} onSort={setSorting} />
        </FilterFields>
        <CompareButtons selected={selected} onClear={() => setSelected([])} />
      </div>
      {shown.length === 0 ? (
        <Empty title="No run matches">
          <button type="button" class="button plain" onClick={() => setFilter({ text: '', state: 'all' })}>
            Show all runs
          </button>
        </Empty>
      ) : (
        <RunsTable
          runs={shown}
          sorting={sorting}
          onSort={setSorting}
          selected={selected}
          canSelectMore={selected.length < MOST_COMPARED}
          onSelect={toggle}
        />
      )}
    </section>
  );
}

interface FilterFieldsProps {
  runs: readonly RunRow[];
  filter: Filter;
  onChange: (filter: Filter) => void;
  children: ComponentChildren;
}

function FilterFields({ runs, filter, onChange, children }: FilterFieldsProps) {
  const states = STATE_ORDER.filter(
    (state) => state === filter.state || runs.some(({ status }) => status === state),
  );
  return (
    <div class="filters" role="search">
      <input
        type="search"
        aria-label="Filter by run, dataset or profile"
        placeholder="Filter by run, dataset or profile"
        value={filter.text}
        onInput={({ currentTarget }) => onChange({ ...filter, text: currentTarget.value })}
      />
      <select
        aria-label="State"
        value={filter.state}
        onChange={({ currentTarget }) =>
          onChange({ ...filter, state: currentTarget.value as RunState | 'all' })
        }
      >
        <option value="all">All states</option>
        {states.map((state) => (
          <option key={state} value={state}>
            {state} ({runs.filter(({ status }) => status === state).length})
          </option>
        ))}
      </select>
      {children}
    </div>
  );
}

/** For columns that a narrow screen does not show. */
function SortBy({
  sorting,
  onSort,
}: {
  sorting: Sorting<Column>;
  onSort: (sorting: Sorting<Column>) => void;
}) {
  return (
    <select
      class="sort-by"
      aria-label="Sort by"
      value={sorting.by}
      onChange={({ currentTarget }) => onSort({ by: currentTarget.value as Column, isDescending: false })}
    >
      {COLUMNS.map(({ by, label }) => (
        <option key={by} value={by}>
          By {label.toLowerCase()}
        </option>
      ))}
    </select>
  );
}

function CompareButtons({ selected, onClear }: { selected: readonly string[]; onClear: () => void }) {
  if (selected.length === 0)
    return <p class="hint at-end">Select up to {MOST_COMPARED} runs to compare them.</p>;
  const close = (): void => {
    onClear();
    goTo('/');
  };
  return (
    <div class="actions at-end">
      <button type="button" class="button plain" onClick={close}>
        Clear
      </button>
      <button
        type="button"
        class="button primary"
        onClick={() => {
          goTo(comparePath(selected));
          scrollTo(0, 0);
        }}
      >
        Compare {selected.length} of {MOST_COMPARED}
      </button>
    </div>
  );
}
