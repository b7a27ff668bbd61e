import { useState } from 'preact/hooks';
import { post } from '../../api/client.ts';
import type { Accepted, AddDataset } from '../../api/types.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';

const FIELDS = [
  {
    key: 'name',
    label: 'Name',
    hint: 'Letters, digits, dots, hyphens and underscores.',
    attributes: { maxLength: 63 },
  },
  {
    key: 'source',
    label: 'Source',
    hint: 'A path that the workers can read, or s3://BUCKET/PREFIX. One folder for each class.',
    attributes: { maxLength: 4096 },
  },
  {
    key: 'valFraction',
    label: 'Validation share',
    hint: '0 to 0.9 of the images. Not used if the source has its own split.',
    attributes: { type: 'number', min: 0, max: 0.9, step: 'any' },
  },
  {
    key: 'seed',
    label: 'Seed',
    hint: 'A whole number. The same seed gives the same split.',
    attributes: { type: 'number', min: 0, max: 2 ** 32 - 1, step: 1 },
  },
] as const;

type Draft = Record<(typeof FIELDS)[number]['key'], string>;

export function AddDatasetDialog({
  onAdded,
  onClose,
}: {
  onAdded: (name: string) => void;
  onClose: () => void;
}) {
  const [draft, setDraft] = useState<Draft>({ name: '', source: '', valFraction: '0.1', seed: '0' });
  return (
    <FormDialog
      title="Add a dataset"
      submit="Add"
      onSubmit={async () => onAdded((await post<Accepted>('datasets', requestOf(draft))).name)}
      onClose={onClose}
    >
      {FIELDS.map(({ key, label, hint, attributes }) => (
        <Field key={key} label={label} hint={hint}>
          {(id, hintId) => (
            <input
              {...attributes}
              id={id}
              aria-describedby={hintId}
              required
              autocomplete="off"
              spellcheck={false}
              value={draft[key]}
              onInput={({ currentTarget }) => setDraft({ ...draft, [key]: currentTarget.value })}
            />
          )}
        </Field>
      ))}
    </FormDialog>
  );
}

const requestOf = ({ name, source, valFraction, seed }: Draft): AddDataset => ({
  ...{ name, source },
  valFraction: Number(valFraction),
  seed: Number(seed),
});
