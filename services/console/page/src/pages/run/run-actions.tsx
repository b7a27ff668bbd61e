import { useState } from 'preact/hooks';
import { apiPath, post, remove } from '../../api/client.ts';
import type { CheckpointChoice, EvaluateRun, ResumeRun, RunDetails } from '../../api/types.ts';
import { goTo, predictPath } from '../../router.ts';
import { notify } from '../../state/notices.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { RemoveDialog } from '../../ui/remove-dialog.tsx';

type Action = 'stop' | 'resume' | 'evaluate' | 'remove';

interface ActionDialogProps {
  run: RunDetails;
  onDone: () => void;
  onClose: () => void;
}

/** What can be done with a run. */
export function RunActions({ run, onDone }: { run: RunDetails; onDone: () => void }) {
  const [action, setAction] = useState<Action>();
  const isActive = run.status === 'running' || run.status === 'queued';
  const noCheckpoint = run.checkpoints.length === 0 ? 'The run has no checkpoint yet.' : undefined;
  const common = { run, onDone, onClose: () => setAction(undefined) };
  return (
    <>
      {isActive ? (
        <ActionButton kind="primary" onClick={() => setAction('stop')}>
          Stop
        </ActionButton>
      ) : (
        <ActionButton kind="primary" unavailable={noCheckpoint} onClick={() => setAction('resume')}>
          Resume
        </ActionButton>
      )}
      <ActionButton unavailable={noCheckpoint} onClick={() => setAction('evaluate')}>
        Evaluate
      </ActionButton>
      {noCheckpoint === undefined && (
        <a class="button plain" href={predictPath(run.run)}>
          Predict
        </a>
      )}
      <ActionButton
        unavailable={isActive ? 'Stop the run first.' : undefined}
        onClick={() => setAction('remove')}
      >
        Remove
      </ActionButton>
      {action === 'stop' && <StopDialog {...common} />}
      {action === 'resume' && <ResumeDialog {...common} />}
      {action === 'evaluate' && <EvaluateDialog {...common} />}
      {action === 'remove' && <RemoveRun {...common} />}
    </>
  );
}

function StopDialog({ run, onDone, onClose }: ActionDialogProps) {
  return (
    <FormDialog
      title={`Stop ${run.run}?`}
      submit="Stop the run"
      onSubmit={async () => {
        await post(apiPath`runs/${run.run}/stop`);
        notify(`Run ${run.run} stops after its present step.`);
        onDone();
      }}
      onClose={onClose}
    >
      <p>The trainer finishes its step, writes a checkpoint and stops. You can resume the run later.</p>
    </FormDialog>
  );
}

function ResumeDialog({ run, onDone, onClose }: ActionDialogProps) {
  const [checkpoint, setCheckpoint] = useState<CheckpointChoice>('latest');
  const [changes, setChanges] = useState('');
  const set = changes
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (
    <FormDialog
      title={`Resume ${run.run}`}
      submit="Resume"
      onSubmit={async () => {
        await post(apiPath`runs/${run.run}/resume`, { checkpoint, set } satisfies ResumeRun);
        notify(`Run ${run.run} is queued.`);
        onDone();
      }}
      onClose={onClose}
    >
      <CheckpointField run={run} value={checkpoint} onChange={setCheckpoint} />
      <Field
        label="Changes of the profile"
        hint="One key=value per line, for example epochs=90. Nothing changes if it is empty."
      >
        {(id, hintId) => (
          <textarea
            id={id}
            aria-describedby={hintId}
            rows={3}
            value={changes}
            spellcheck={false}
            onInput={({ currentTarget }) => setChanges(currentTarget.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}

function EvaluateDialog({ run, onDone, onClose }: ActionDialogProps) {
  const [checkpoint, setCheckpoint] = useState<CheckpointChoice>('best');
  const [views, setViews] = useState<1 | 10>(1);
  return (
    <FormDialog
      title={`Evaluate ${run.run}`}
      submit="Evaluate"
      onSubmit={async () => {
        await post(apiPath`runs/${run.run}/evaluate`, { checkpoint, views } satisfies EvaluateRun);
        notify('The evaluation is queued. Its report appears on this page.');
        onDone();
      }}
      onClose={onClose}
    >
      <CheckpointField run={run} value={checkpoint} onChange={setCheckpoint} />
      <Field
        label="Views of each image"
        hint="10 views: four corners and the centre, and their mirror images. It takes ten times as long."
      >
        {(id, hintId) => (
          <select
            id={id}
            aria-describedby={hintId}
            value={views}
            onChange={({ currentTarget }) => setViews(currentTarget.value === '10' ? 10 : 1)}
          >
            <option value={1}>1, the centre</option>
            <option value={10}>10</option>
          </select>
        )}
      </Field>
    </FormDialog>
  );
}

function RemoveRun({ run, onClose }: ActionDialogProps) {
  return (
    <RemoveDialog
      what="run"
      name={run.run}
      consequence="Its checkpoints, history and evaluations are deleted."
      onRemove={async () => {
        await remove(apiPath`runs/${run.run}`, run.run);
        notify(`Run ${run.run} is removed.`);
        goTo('/', { replace: true });
      }}
      onClose={onClose}
    />
  );
}

interface CheckpointFieldProps {
  run: RunDetails;
  value: CheckpointChoice;
  onChange: (choice: CheckpointChoice) => void;
}

function CheckpointField({ run, value, onChange }: CheckpointFieldProps) {
  const choose = (text: string): void => onChange(text === 'latest' || text === 'best' ? text : Number(text));
  return (
    <Field label="Checkpoint">
      {(id) => (
        <select id={id} value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          <option value="latest">The latest</option>
          {run.checkpoints.some(({ isBest }) => isBest) && <option value="best">The best</option>}
          {run.checkpoints.map(({ name, step }) => (
            <option key={name} value={step}>
              Step {step}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
