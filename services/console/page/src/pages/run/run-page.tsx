import { useEffect, useMemo, useState } from 'preact/hooks';
import { apiPath } from '../../api/client.ts';
import type { RunDetails, RunEvents, RunUpdate, SystemStatus } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { useRunStream } from '../../api/use-run-stream.ts';
import { count, duration, percent } from '../../format/format.ts';
import { datasetPath } from '../../router.ts';
import { ErrorBox } from '../../ui/error-box.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Loaded } from '../../ui/states.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { shareDone } from '../runs/columns.ts';
import { AuditSection } from './audit.tsx';
import { BatchPanel } from './batch-panel.tsx';
import { Checkpoints } from './checkpoints.tsx';
import { Curves } from './curves.tsx';
import { Epochs } from './epochs.tsx';
import { EvaluationSection } from './evaluation.tsx';
import { Filters } from './filters.tsx';
import { PipelineStrip } from './pipeline-strip.tsx';
import { RunActions } from './run-actions.tsx';
import { RunProfile } from './run-profile.tsx';
import { RunTimeline } from './run-timeline.tsx';

const LIVELY_MS = 5_000;
const QUIET_MS = 30_000;

export function RunPage({ run }: { run: string }) {
  const [pace, setPace] = useState(LIVELY_MS);
  const details = useResource<RunDetails>(apiPath`runs/${run}`, pace);
  const status = details.data?.status;
  const isLively = status === 'running' || status === 'queued';
  useEffect(() => setPace(isLively || status === undefined ? LIVELY_MS : QUIET_MS), [isLively, status]);
  const update = useRunStream(run, status === 'running', details.refresh);

  return (
    <>
      {details.data === undefined && <PageHead title={run} />}
      <Loaded from={details} problem={`Run ${run} could not be read.`} lines={10}>
        {(data) => <RunView details={data} update={update} refresh={details.refresh} isLively={isLively} />}
      </Loaded>
    </>
  );
}

interface RunViewProps {
  details: RunDetails;
  /** Newer than the details. */
  update: RunUpdate | undefined;
  refresh: () => void;
  isLively: boolean;
}

function RunView({ details, update, refresh, isLively }: RunViewProps) {
  const run = { ...details, ...update };
  const [batchStep, setBatchStep] = useState<number>();
  const events = useResource<RunEvents>(apiPath`runs/${run.run}/events`, isLively ? LIVELY_MS : QUIET_MS);
  const system = useResource<SystemStatus>('status', isLively ? 2_000 : QUIET_MS);
  const isRunning = run.status === 'running';
  // The updates come twice a second, and do not change these.
  const curves = useMemo(
    () => (
      <Curves
        run={details.run}
        isRunning={isRunning}
        events={events.data?.events ?? []}
        onPick={setBatchStep}
      />
    ),
    [details.run, isRunning, events.data],
  );
  const lists = useMemo(
    () => (
      <>
        <div class="columns">
          <Checkpoints run={details} />
          <RunTimeline events={events} />
          <Epochs run={details} />
          <Filters run={details} />
          <AuditSection run={details} />
        </div>
        <EvaluationSection run={details.run} />
        <RunProfile entries={details.profileEntries} />
      </>
    ),
    [details, events.data, events.error],
  );
  return (
    <>
      <PageHead
        title={run.run}
        badge={<StateBadge state={run.status} />}
        actions={<RunActions run={run} onDone={refresh} />}
        below={<Facts run={run} />}
      />
      {run.error !== null && <ErrorBox error={run.error} />}
      {run.earlyEnd !== null && <p class="note">Ended early: {run.earlyEnd}</p>}
      <Standing run={run} />
      {system.data !== undefined && <PipelineStrip run={run} system={system.data} />}
      {curves}
      <BatchPanel run={run} picked={batchStep} />
      {lists}
    </>
  );
}

function Facts({ run }: { run: RunDetails }) {
  return (
    <p class="facts">
      {run.dataset !== null && (
        <span>
          on <a href={datasetPath(run.dataset)}>{run.dataset}</a>
        </span>
      )}
      {run.profile !== null && <span>profile {run.profile}</span>}
      <span>seed {run.seed}</span>
      {run.device !== null && <span>{run.device === 'gpu' ? 'GPU' : 'CPU'}</span>}
      {run.parameters !== null && <span>{count(run.parameters)} parameters</span>}
      <span>{count(run.classes.length)} classes</span>
      <span>
        {count(run.images.train)} + {count(run.images.val)} images
      </span>
      {run.digest !== null && (
        <span title={run.digest}>
          digest <code>{run.digest.slice(0, 12)}</code>
        </span>
      )}
    </p>
  );
}

/** How the run stands, in large numbers. */
function Standing({ run }: { run: RunDetails }) {
  const share = shareDone(run);
  return (
    <section class="card standing" aria-label="How the run stands">
      <div class="standing-progress">
        <p>
          <strong>{percent(share)}</strong> · epoch {count(run.epoch)} of {count(run.epochs)} · step{' '}
          {count(run.step)} of {count(run.steps)}
          {run.phase === 'validate' && ' · validating'}
          {run.status === 'running' && run.secondsLeft !== null && ` · ${duration(run.secondsLeft)} left`}
        </p>
        <Progress share={share} label={`Progress of ${run.run}`} />
      </div>
      <dl class="figures">
        <Figure name="Loss" value={run.loss === null ? '–' : run.loss.toFixed(3)} />
        <Figure
          name="Validation error"
          value={percent(run.validation?.top1Error)}
          note={validationNote(run)}
        />
        <Figure
          name="Best"
          value={percent(run.best?.top1Error)}
          note={run.best === null ? '' : `epoch ${count(run.best.epoch)}`}
        />
        <Figure name="Images/s" value={count(run.imagesPerSecond)} />
        <Figure name="Data wait" value={percent(run.dataWait)} />
        <Figure name="Chance" value={percent(run.baseline?.chance)} note={baselineNote(run)} />
      </dl>
    </section>
  );
}

function Figure({ name, value, note = '' }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note !== '' && <small>{note}</small>}
      </dd>
    </div>
  );
}

const validationNote = ({ validation }: RunDetails): string =>
  validation === null ? '' : `top-5 ${percent(validation.top5Error)}, epoch ${count(validation.epoch)}`;

function baselineNote({ baseline }: RunDetails): string {
  const frequent = baseline?.mostFrequent;
  return frequent === null || frequent === undefined
    ? ''
    : `always “${frequent.class}”: ${percent(frequent.top1Error)}`;
}
