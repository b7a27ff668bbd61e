import { useState } from 'preact/hooks';
import { apiPath } from '../../api/client.ts';
import type { RunDetails, RunList } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { goTo, predictPath } from '../../router.ts';
import { notify } from '../../state/notices.ts';
import { Field } from '../../ui/field.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { DropZone } from './drop-zone.tsx';
import { LIMITS, takeFiles } from './files.ts';
import { PredictionCard, type Averaging } from './prediction-card.tsx';

/** Images from this computer, and what a net takes them for. @param run chosen by the address */
export function PredictPage({ run }: { run: string | undefined }) {
  const runs = useResource<RunList>('runs', 10_000);
  return (
    <>
      <PageHead
        title="Predict"
        below={<p class="quiet">What a trained net takes your images for. They are not stored.</p>}
      />
      <Loaded from={runs} problem="The runs could not be listed.">
        {({ runs: all }) => {
          const chosen = run ?? newest(all);
          return chosen === undefined ? (
            <Empty title="No runs yet">
              <p>
                <a href="/">Start a run</a> first: its net predicts images.
              </p>
            </Empty>
          ) : (
            <Predictions key={chosen} run={chosen} names={all.map(({ run: name }) => name)} />
          );
        }}
      </Loaded>
    </>
  );
}

const newest = (runs: RunList['runs']): string | undefined =>
  [...runs]
    .filter(({ step }) => step > 0)
    .sort((a, b) => (b.updatedAt ?? '').localeCompare(a.updatedAt ?? ''))[0]?.run ?? runs[0]?.run;

function Predictions({ run, names }: { run: string; names: readonly string[] }) {
  const details = useResource<RunDetails>(apiPath`runs/${run}`);
  const [files, setFiles] = useState<readonly File[]>([]);
  const [checkpoint, setCheckpoint] = useState<string>();
  const [averaging, setAveraging] = useState<Averaging>('mean');
  const add = (more: readonly File[]): void => {
    const { taken, left } = takeFiles(files, more);
    setFiles(taken);
    if (left > 0) notify(`At most ${LIMITS.images} images at a time: ${left} left out.`);
  };
  return (
    <>
      <Section title="Net" class="net">
        <div class="field-grid">
          <Field label="Run">
            {(id) => (
              <select
                id={id}
                value={run}
                onChange={({ currentTarget }) => goTo(predictPath(currentTarget.value), { replace: true })}
              >
                {names.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
          <Loaded from={details} problem={`Run ${run} could not be read.`} lines={1}>
            {(data) => <CheckpointField run={data} value={checkpoint} onChange={setCheckpoint} />}
          </Loaded>
        </div>
      </Section>
      {details.data !== undefined &&
        (details.data.checkpoints.length === 0 ? (
          <Empty title="No checkpoint yet">
            <p>The trainer writes one at the end of an epoch. Then the net can predict images.</p>
          </Empty>
        ) : (
          <>
            <DropZone onFiles={add} />
            {files.length > 0 && (
              <Section
                title="Predictions"
                aside={
                  <>
                    <AveragingChoice value={averaging} onChange={setAveraging} />
                    <button type="button" class="button plain" onClick={() => setFiles([])}>
                      Clear
                    </button>
                  </>
                }
              >
                <ul class="predictions">
                  {files.map((file) => (
                    <PredictionCard
                      key={`${file.name} ${file.size} ${file.lastModified}`}
                      file={file}
                      run={run}
                      checkpoint={checkpoint ?? defaultCheckpoint(details.data)}
                      averaging={averaging}
                    />
                  ))}
                </ul>
              </Section>
            )}
          </>
        ))}
    </>
  );
}

/** A run that never validated has no best one. */
const defaultCheckpoint = (run: RunDetails | undefined): string =>
  run?.checkpoints.some(({ isBest }) => isBest) === true ? 'best' : 'latest';

interface CheckpointFieldProps {
  run: RunDetails;
  value: string | undefined;
  onChange: (checkpoint: string) => void;
}

function CheckpointField({ run, value, onChange }: CheckpointFieldProps) {
  const best = run.checkpoints.find(({ isBest }) => isBest);
  return (
    <Field label="Checkpoint">
      {(id) => (
        <select
          id={id}
          value={value ?? defaultCheckpoint(run)}
          disabled={run.checkpoints.length === 0}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        >
          {best !== undefined && <option value="best">The best, of step {best.step}</option>}
          <option value="latest">The latest</option>
          {run.checkpoints.map(({ name, step }) => (
            <option key={name} value={name}>
              Step {step}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

const AVERAGINGS: Readonly<Record<Averaging, string>> = { mean: 'Ten views', centre: 'Centre' };

function AveragingChoice({ value, onChange }: { value: Averaging; onChange: (value: Averaging) => void }) {
  return (
    <div class="segments" role="group" aria-label="Predicted from">
      {(Object.keys(AVERAGINGS) as Averaging[]).map((each) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => onChange(each)}>
          {AVERAGINGS[each]}
        </button>
      ))}
    </div>
  );
}
