import { useState } from 'preact/hooks';
import { apiPath, post } from '../../api/client.ts';
import type { Accepted, DatasetList, ProfileDetails, Profiles, StartRun } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Loaded } from '../../ui/states.tsx';
import { ProfileKeys } from './profile-keys.tsx';

interface Draft {
  dataset: string;
  run: string;
  profile: string;
  seed: string;
  from: string;
}

interface StartRunDialogProps {
  onStarted: (run: string) => void;
  onClose: () => void;
}

export function StartRunDialog({ onStarted, onClose }: StartRunDialogProps) {
  const [draft, setDraft] = useState<Draft>({ dataset: '', run: '', profile: '', seed: '0', from: '' });
  const [changes, setChanges] = useState<ReadonlyMap<string, string>>(new Map());
  const change = (part: Partial<Draft>): void => {
    // The keys of another profile have other values: what was changed no longer says what it changes.
    if (part.profile !== undefined) setChanges(new Map());
    setDraft((before) => ({ ...before, ...part }));
  };
  return (
    <FormDialog
      title="Start a run"
      submit="Start"
      isWide
      canSubmit={draft.dataset !== ''}
      onSubmit={async () => onStarted((await post<Accepted>('runs', requestOf(draft, changes))).name)}
      onClose={onClose}
    >
      <div class="field-grid">
        <DatasetField value={draft.dataset} onChange={(dataset) => change({ dataset })} />
        <ProfileField value={draft.profile} onChange={(profile) => change({ profile })} />
        <TextField
          label="Name"
          hint="Chosen for you if it is empty."
          value={draft.run}
          onChange={(run) => change({ run })}
        />
        <TextField
          label="Seed"
          hint="A whole number. The same seed gives the same run."
          value={draft.seed}
          isNumber
          onChange={(seed) => change({ seed })}
        />
        <TextField
          label="Fine-tune"
          hint="RUN or RUN@CHECKPOINT. From scratch if it is empty."
          value={draft.from}
          onChange={(from) => change({ from })}
        />
      </div>
      {draft.profile !== '' && (
        <ProfileSettings name={draft.profile} changes={changes} onChange={setChanges} />
      )}
    </FormDialog>
  );
}

/** What is empty is left out: then the server chooses. */
function requestOf(
  { dataset, run, profile, seed, from }: Draft,
  changes: ReadonlyMap<string, string>,
): StartRun {
  return {
    dataset,
    seed: Number(seed),
    set: [...changes].map(([key, value]) => `${key}=${value}`),
    ...(run === '' ? {} : { run }),
    ...(profile === '' ? {} : { profile }),
    ...(from === '' ? {} : { from }),
  };
}

interface ChoiceProps {
  value: string;
  onChange: (value: string) => void;
}

function DatasetField({ value, onChange }: ChoiceProps) {
  const { data, error } = useResource<DatasetList>('datasets');
  const ready = data?.datasets.filter(({ status }) => status === 'ready') ?? [];
  const hint =
    error?.message ??
    (data !== undefined && ready.length === 0
      ? 'No dataset is ready. Add one on the page of datasets.'
      : undefined);
  return (
    <Field label="Dataset" {...(hint === undefined ? {} : { hint })}>
      {(id, hintId) => (
        <select
          id={id}
          aria-describedby={hintId}
          required
          value={value}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        >
          <option value="">Choose …</option>
          {ready.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

function ProfileField({ value, onChange }: ChoiceProps) {
  const { data } = useResource<Profiles>('profiles');
  const purpose = data?.profiles.find(({ name }) => name === value)?.purpose;
  return (
    <Field label="Profile" hint={purpose ?? 'Choose one to see and change its keys.'}>
      {(id, hintId) => (
        <select
          id={id}
          aria-describedby={hintId}
          value={value}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        >
          <option value="">By the size of the dataset</option>
          {data?.profiles.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

function TextField({
  label,
  hint,
  value,
  isNumber = false,
  onChange,
}: ChoiceProps & { label: string; hint: string; isNumber?: boolean }) {
  return (
    <Field label={label} hint={hint}>
      {(id, hintId) => (
        <input
          id={id}
          aria-describedby={hintId}
          value={value}
          autocomplete="off"
          spellcheck={false}
          {...(isNumber ? { inputMode: 'numeric' as const, pattern: '[0-9]+', required: true } : {})}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface ProfileSettingsProps {
  name: string;
  changes: ReadonlyMap<string, string>;
  onChange: (changes: ReadonlyMap<string, string>) => void;
}

function ProfileSettings({ name, changes, onChange }: ProfileSettingsProps) {
  const profile = useResource<ProfileDetails>(apiPath`profiles/${name}`);
  return (
    <Loaded from={profile} problem="The profile could not be read.">
      {({ entries }) => <ProfileKeys entries={entries} changes={changes} onChange={onChange} />}
    </Loaded>
  );
}
