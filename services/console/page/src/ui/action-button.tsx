import type { ComponentChildren } from 'preact';
import { LOCKED, session } from '../state/session.ts';

interface ActionButtonProps {
  onClick: () => void;
  children: ComponentChildren;
  kind?: 'primary' | 'danger' | 'plain';
  /** Why it cannot be used now. */
  unavailable?: string | undefined;
}

/**
 * A button that changes something. Where it cannot be used it stays in the order of the keyboard and says why, so it is
 * aria-disabled and not disabled.
 */
export function ActionButton({ onClick, children, kind = 'plain', unavailable }: ActionButtonProps) {
  const reason = session.value?.canChange === false ? LOCKED : unavailable;
  const isOff = reason !== undefined;
  return (
    <button
      type="button"
      class={`button ${kind}`}
      aria-disabled={isOff}
      title={reason}
      onClick={() => {
        if (!isOff) onClick();
      }}
    >
      {children}
      {isOff && <span class="visually-hidden"> ({reason})</span>}
    </button>
  );
}
