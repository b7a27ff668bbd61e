import { useState } from 'preact/hooks';
import { FormDialog } from './dialog.tsx';
import { Field } from './field.tsx';

interface RemoveDialogProps {
  what: 'run' | 'dataset';
  name: string;
  /** What goes with it. */
  consequence: string;
  onRemove: () => Promise<void>;
  onClose: () => void;
}

/** Asks for the name, since what is removed does not come back. */
export function RemoveDialog({ what, name, consequence, onRemove, onClose }: RemoveDialogProps) {
  const [typed, setTyped] = useState('');
  return (
    <FormDialog
      title={`Remove ${what} ${name}?`}
      submit={`Remove ${what}`}
      isDanger
      canSubmit={typed === name}
      onSubmit={onRemove}
      onClose={onClose}
    >
      <p>{consequence} This cannot be undone.</p>
      <Field label={`Type ${name} to confirm`}>
        {(id) => (
          <input
            id={id}
            value={typed}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
