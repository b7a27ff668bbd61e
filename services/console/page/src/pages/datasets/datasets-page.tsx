import { useState } from 'preact/hooks';
import type { DatasetList, DatasetRow } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { bytes, count, NONE, plural } from '../../format/format.ts';
import { datasetPath } from '../../router.ts';
import { notify } from '../../state/notices.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { plainText } from '../../ui/prose.tsx';
import { Progress } from '../../ui/progress.tsx';
import { SortHeader } from '../../ui/sort-header.tsx';
import { sorted, type SortValue, type Sorting } from '../../ui/sort.ts';
import { Empty, Loaded } from '../../ui/states.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { AddDatasetDialog } from './add-dataset-dialog.tsx';
import { progressText, shareMade } from './dataset-progress.ts';

const COLUMNS = [
  { by: 'status', label: 'State' },
  { by: 'name', label: 'Dataset' },
  { by: 'classes', label: 'Classes', class: 'number' },
  { by: 'train', label: 'Train', class: 'number' },
  { by: 'val', label: 'Validation', class: 'number' },
  { by: 'quarantined', label: 'Quarantined', class: 'number' },
  { by: 'bytes', label: 'Size', class: 'number' },
  { by: 'source', label: 'Source' },
] as const;
type Column = (typeof COLUMNS)[number]['by'];

export function DatasetsPage() {
  const [isAdding, setAdding] = useState(false);
  const datasets = useResource<DatasetList>('datasets', 2_000);
  return (
    <>
      <PageHead
        title="Datasets"
        badge={
          datasets.data !== undefined && (
            <span class="quiet">{plural(datasets.data.datasets.length, 'dataset')}</span>
          )
        }
        actions={
          <ActionButton kind="primary" onClick={() => setAdding(true)}>
            Add a dataset
          </ActionButton>
        }
      />
      {isAdding && (
        <AddDatasetDialog
          onClose={() => setAdding(false)}
          onAdded={(name) => {
            notify(`Dataset ${name} is queued.`);
            datasets.refresh();
          }}
        />
      )}
      <Loaded from={datasets} problem="The datasets could not be listed.">
        {(data) => (data.datasets.length === 0 ? <NoDatasets /> : <DatasetsTable datasets={data.datasets} />)}
      </Loaded>
    </>
  );
}

function NoDatasets() {
  return (
    <Empty title="No datasets yet">
      <p>
        A dataset is made from a folder of images, one folder for each class. Add one here, or in a terminal:
      </p>
      <pre>
        <code>npx alexnet dataset add FOLDER --name NAME</code>
      </pre>
    </Empty>
  );
}

function DatasetsTable({ datasets }: { datasets: readonly DatasetRow[] }) {
  const [sorting, setSorting] = useState<Sorting<Column>>({ by: 'name', isDescending: false });
  const valueOf = (row: DatasetRow): SortValue => row[sorting.by];
  return (
    <div class="table-scroll" role="group" aria-label="Datasets" tabIndex={0}>
      <table class="table datasets-table">
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <SortHeader key={column.by} {...column} sorting={sorting} onSort={setSorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted(datasets, valueOf, sorting.isDescending).map((row) => (
            <DatasetTableRow key={row.name} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DatasetTableRow({ row }: { row: DatasetRow }) {
  return (
    <tr>
      <td>
        <StateBadge state={row.status} />
      </td>
      <th scope="row">
        <a href={datasetPath(row.name)}>{row.name}</a>
        {row.error !== null && (
          <span class="row-note" title={plainText(`${row.error.message} ${row.error.remedy}`)}>
            {row.error.code}
          </span>
        )}
      </th>
      {row.progress !== null && row.status !== 'ready' ? (
        <td colSpan={5}>
          <span class="run-progress">
            <Progress share={shareMade(row.progress)} label={`Progress of ${row.name}`} />
            <span class="quiet">{progressText(row.progress)}</span>
          </span>
        </td>
      ) : (
        <>
          <td class="number" data-label="Classes">
            {count(row.classes)}
          </td>
          <td class="number" data-label="Train">
            {count(row.train)}
          </td>
          <td class="number" data-label="Validation">
            {count(row.val)}
          </td>
          <td class="number" data-label="Quarantined">
            {count(row.quarantined)}
          </td>
          <td class="number" data-label="Size">
            {bytes(row.bytes)}
          </td>
        </>
      )}
      <td class="source" title={row.source ?? undefined}>
        {row.source ?? NONE}
      </td>
    </tr>
  );
}
