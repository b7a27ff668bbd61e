import { useId, useState } from 'preact/hooks';
import type { ProfileEntry } from '../../api/types.ts';
import { plural, settingText } from '../../format/format.ts';
import { choicesOf } from './choices.ts';

interface ProfileKeysProps {
  entries: readonly ProfileEntry[];
  /** What was changed: the text of a value by its key. */
  changes: ReadonlyMap<string, string>;
  onChange: (changes: ReadonlyMap<string, string>) => void;
}

/** Every key of a profile with what it means, to change some. */
export function ProfileKeys({ entries, changes, onChange }: ProfileKeysProps) {
  const [text, setText] = useState('');
  const word = text.toLowerCase();
  const shown = entries.filter(({ key, meaning }) => `${key} ${meaning}`.toLowerCase().includes(word));
  const set = (entry: ProfileEntry, value: string): void => {
    const next = new Map(changes);
    if (value === settingText(entry.value)) next.delete(entry.key);
    else next.set(entry.key, value);
    onChange(next);
  };
  return (
    <section class="profile-keys" aria-label="Keys of the profile">
      <div class="toolbar">
        <input
          type="search"
          aria-label="Find a key"
          placeholder="Find a key"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <span class="quiet at-end" role="status">
          {changes.size === 0 ? 'Nothing changed' : `${plural(changes.size, 'key')} changed`}
        </span>
      </div>
      <ul>
        {shown.map((entry) => (
          <ProfileKey
            key={entry.key}
            entry={entry}
            change={changes.get(entry.key)}
            onChange={(value) => set(entry, value)}
          />
        ))}
      </ul>
      {shown.length === 0 && <p class="quiet">No key matches.</p>}
    </section>
  );
}

interface ProfileKeyProps {
  entry: ProfileEntry;
  change: string | undefined;
  onChange: (value: string) => void;
}

function ProfileKey({ entry, change, onChange }: ProfileKeyProps) {
  const id = useId();
  const initial = settingText(entry.value);
  const choices = choicesOf(entry.type);
  const common = { id, 'aria-describedby': `${id}-meaning`, value: change ?? initial };
  return (
    <li class={change === undefined ? undefined : 'changed'}>
      <label for={id}>{entry.key}</label>
      {choices === undefined ? (
        <input
          {...common}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      ) : (
        <select {...common} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {[...new Set([initial, ...choices])].map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      )}
      <p id={`${id}-meaning`} class="hint">
        {entry.meaning} <span class="type">{entry.type}</span>
        <br />
        Default {initial}: {entry.source.source} ({entry.source.profile})
        {change !== undefined && (
          <button type="button" class="link" onClick={() => onChange(initial)}>
            Reset
          </button>
        )}
      </p>
    </li>
  );
}
