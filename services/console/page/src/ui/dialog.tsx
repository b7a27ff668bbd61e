import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { asError } from '../api/client.ts';
import { ErrorBox } from './error-box.tsx';

interface FormDialogProps {
  title: string;
  /** What the button says, and what it says meanwhile. */
  submit: string;
  isDanger?: boolean;
  isWide?: boolean;
  canSubmit?: boolean;
  onSubmit: () => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
}

/** A modal form. It closes when what it sent was accepted, and else shows why not. */
export function FormDialog(props: FormDialogProps) {
  const {
    title,
    submit,
    isDanger = false,
    isWide = false,
    canSubmit = true,
    onSubmit,
    onClose,
    children,
  } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<Error>();
  useEffect(() => {
    dialog.current?.showModal();
    // And not on the button that closes it, where the browser begins.
    dialog.current
      ?.querySelector<HTMLElement>('.dialog-body :is(input, select, textarea), [type=submit]')
      ?.focus();
  }, []);

  const send = async (): Promise<void> => {
    setSending(true);
    setError(undefined);
    try {
      await onSubmit();
      dialog.current?.close();
    } catch (problem) {
      setError(asError(problem));
    } finally {
      setSending(false);
    }
  };

  return (
    <dialog
      ref={dialog}
      class={isWide ? 'dialog wide' : 'dialog'}
      aria-labelledby={titleId}
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (canSubmit && !isSending) void send();
        }}
      >
        <header>
          <h2 id={titleId}>{title}</h2>
          <button
            type="button"
            class="icon-button"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
          >
            ✕
          </button>
        </header>
        <div class="dialog-body">{children}</div>
        {error && <ErrorBox error={error} />}
        <footer>
          <button type="button" class="button plain" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button
            type="submit"
            class={`button ${isDanger ? 'danger' : 'primary'}`}
            disabled={!canSubmit || isSending}
          >
            {isSending ? 'Sending …' : submit}
          </button>
        </footer>
      </form>
    </dialog>
  );
}
