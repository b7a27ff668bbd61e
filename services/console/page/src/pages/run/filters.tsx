import { useState } from 'preact/hooks';
import { apiPath, apiUrl } from '../../api/client.ts';
import type { RunDetails } from '../../api/types.ts';
import { count } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { Empty } from '../../ui/states.tsx';

/** The filters of the first convolution, of each checkpoint that is kept. */
export function Filters({ run: { run, checkpoints } }: { run: RunDetails }) {
  const [failed, setFailed] = useState<string>();
  // Counted from the newest, which is followed while the run goes on.
  const [back, setBack] = useState(0);
  const at = Math.max(0, checkpoints.length - 1 - back);
  const shown = checkpoints[at];
  if (shown === undefined || failed === shown.name) {
    return (
      <Section title="Filters of conv1">
        <Empty title={shown === undefined ? 'No checkpoint yet' : 'The filters could not be drawn'}>
          <p>The filters are drawn from a checkpoint.</p>
        </Empty>
      </Section>
    );
  }
  // The name of the checkpoint has the browser fetch the picture again when there is a newer one.
  const url = `${apiUrl(apiPath`runs/${run}/filters.png`)}?checkpoint=${encodeURIComponent(shown.name)}`;
  return (
    <Section title="Filters of conv1" aside={<span class="quiet">step {count(shown.step)}</span>}>
      <img
        class="filters-image"
        src={url}
        alt={`The filters of conv1 of run ${run} at step ${shown.step}`}
        loading="lazy"
        onError={() => setFailed(shown.name)}
      />
      {checkpoints.length > 1 && (
        <label class="filters-time">
          Checkpoint
          <input
            type="range"
            min={0}
            max={checkpoints.length - 1}
            value={at}
            aria-valuetext={`step ${shown.step}`}
            onInput={({ currentTarget }) => setBack(checkpoints.length - 1 - Number(currentTarget.value))}
          />
          <output>
            {count(at + 1)} of {count(checkpoints.length)}
          </output>
        </label>
      )}
    </Section>
  );
}
