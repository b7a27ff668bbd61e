import { useState } from 'preact/hooks';
import { apiPath, apiUrl, remove } from '../../api/client.ts';
import type { DatasetDetails } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { bytes, count, plural } from '../../format/format.ts';
import { goTo } from '../../router.ts';
import { notify } from '../../state/notices.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Progress } from '../../ui/progress.tsx';
import { RemoveDialog } from '../../ui/remove-dialog.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { ClassCounts } from './class-counts.tsx';
import { DatasetFindings } from './dataset-findings.tsx';
import { progressText, shareMade } from './dataset-progress.ts';
import { DuplicatesSection } from './duplicates.tsx';
import { PrincipalColours } from './principal-colours.tsx';
import { QuarantineList } from './quarantine-list.tsx';
import { Samples } from './samples.tsx';

export function DatasetPage({ name }: { name: string }) {
  const dataset = useResource<DatasetDetails>(apiPath`datasets/${name}`, 3_000);
  return (
    <>
      {dataset.data === undefined && <PageHead title={name} />}
      <Loaded from={dataset} problem={`Dataset ${name} could not be read.`} lines={8}>
        {(data) => <DatasetView dataset={data} />}
      </Loaded>
    </>
  );
}

function DatasetView({ dataset }: { dataset: DatasetDetails }) {
  const [isRemoving, setRemoving] = useState(false);
  const [shownClass, setShownClass] = useState('');
  const isReady = dataset.status === 'ready';
  return (
    <>
      <PageHead
        title={dataset.name}
        badge={<StateBadge state={dataset.status} />}
        below={<Facts dataset={dataset} />}
        actions={<ActionButton onClick={() => setRemoving(true)}>Remove</ActionButton>}
      />
      {isRemoving && <RemoveDataset name={dataset.name} onClose={() => setRemoving(false)} />}
      {dataset.error !== null && <ErrorBox error={dataset.error} />}
      {dataset.progress !== null && !isReady && <Making progress={dataset.progress} name={dataset.name} />}
      {isReady && <Samples dataset={dataset} shownClass={shownClass} onClass={setShownClass} />}
      {dataset.classCounts.length > 0 && <ClassCounts dataset={dataset} onClass={setShownClass} />}
      {isReady && <DuplicatesSection dataset={dataset} />}
      <div class="columns">
        {isReady && <MeanImage name={dataset.name} />}
        <PrincipalColours dataset={dataset} />
        <DatasetFindings dataset={dataset} />
        <QuarantineList dataset={dataset} />
      </div>
    </>
  );
}

function Facts({ dataset }: { dataset: DatasetDetails }) {
  const { classes, train, val, side, bytes: size, source, digest } = dataset;
  return (
    <p class="facts">
      {classes !== null && <span>{plural(classes, 'class', 'classes')}</span>}
      {train !== null && <span>{count(train)} train</span>}
      {val !== null && <span>{count(val)} validation</span>}
      {side !== null && <span>{`${side} × ${side} px`}</span>}
      {size !== null && <span>{bytes(size)}</span>}
      {source !== null && <span class="break">from {source}</span>}
      {digest !== null && (
        <span title={digest}>
          digest <code>{digest.slice(0, 12)}</code>
        </span>
      )}
    </p>
  );
}

function Making({ progress, name }: { progress: NonNullable<DatasetDetails['progress']>; name: string }) {
  return (
    <Section title="Progress">
      <p class="run-progress">
        <Progress share={shareMade(progress)} label={`Progress of ${name}`} />
        <span class="quiet">{progressText(progress)}</span>
      </p>
    </Section>
  );
}

function MeanImage({ name }: { name: string }) {
  return (
    <Section title="Mean image">
      <img
        class="mean-image"
        src={apiUrl(apiPath`datasets/${name}/mean.png`)}
        alt={`The mean of all training images of ${name}`}
        loading="lazy"
      />
      <p class="hint">The mean of all training images. It is subtracted from what the net sees.</p>
    </Section>
  );
}

function RemoveDataset({ name, onClose }: { name: string; onClose: () => void }) {
  return (
    <RemoveDialog
      what="dataset"
      name={name}
      consequence="Its shards are deleted. The source stays. A dataset that a run uses is not removed."
      onRemove={async () => {
        await remove(apiPath`datasets/${name}`, name);
        notify(`Dataset ${name} is removed.`);
        goTo('/datasets', { replace: true });
      }}
      onClose={onClose}
    />
  );
}
