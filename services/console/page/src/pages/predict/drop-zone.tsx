import { useRef, useState } from 'preact/hooks';
import { LOCKED, session } from '../../state/session.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { LIMITS } from './files.ts';

/** Where images are dropped, or chosen with a button. */
export function DropZone({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const isLocked = session.value?.canChange === false;
  return (
    <section
      class={isOver ? 'drop over' : 'drop'}
      aria-label="Images"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(!isLocked);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (!isLocked) onFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <p class="drop-title">Drop images here</p>
      <ActionButton kind="primary" onClick={() => input.current?.click()}>
        Choose images
      </ActionButton>
      <input
        ref={input}
        type="file"
        accept="image/*"
        multiple
        hidden
        aria-label="Image files"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          // The same file can be chosen again.
          currentTarget.value = '';
        }}
      />
      <p class="hint">
        {isLocked
          ? LOCKED
          : `JPEG, PNG, GIF, WebP, TIFF or AVIF: up to ${LIMITS.images} images of ${LIMITS.megabytes} MiB each.`}
      </p>
    </section>
  );
}
