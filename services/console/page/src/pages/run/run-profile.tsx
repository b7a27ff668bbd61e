import { useState } from 'preact/hooks';
import type { ProfileEntry } from '../../api/types.ts';
import { settingText } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { TableHead } from '../../ui/table-head.tsx';

/** Every key of the run's profile: what it is, what it means, and where it comes from. */
export function RunProfile({ entries }: { entries: readonly ProfileEntry[] }) {
  const [text, setText] = useState('');
  const word = text.toLowerCase();
  const shown = entries.filter(({ key, meaning, source }) =>
    `${key} ${meaning} ${source.profile} ${source.source}`.toLowerCase().includes(word),
  );
  return (
    <Section
      title="Profile"
      aside={
        <input
          type="search"
          aria-label="Find a key of the profile"
          placeholder="Find a key"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      }
    >
      <div class="table-scroll" role="group" aria-label="Profile" tabIndex={0}>
        <table class="table profile-table">
          <TableHead columns={['Key', 'Value', 'Meaning', 'From']} />
          <tbody>
            {shown.map(({ key, value, meaning, source }) => (
              <tr key={key}>
                <th scope="row">
                  <code>{key}</code>
                </th>
                <td>
                  <code>{settingText(value)}</code>
                </td>
                <td class="wrap">{meaning}</td>
                <td class="wrap quiet">
                  {source.profile}: {source.source}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p class="quiet">No key matches.</p>}
    </Section>
  );
}
