import { useState } from 'preact/hooks';
import { apiPath, apiUrl } from '../../api/client.ts';
import type { RunDetails } from '../../api/types.ts';
import { Section } from '../../ui/section.tsx';
import { Empty } from '../../ui/states.tsx';

/** The filters of the first convolution, of the newest checkpoint. */
export function Filters({ run: { run, checkpoint } }: { run: RunDetails }) {
  const [failed, setFailed] = useState<string>();
  if (checkpoint === null || failed === checkpoint) {
    return (
      <Section title="Filters of conv1">
        <Empty title={checkpoint === null ? 'No checkpoint yet' : 'The filters could not be drawn'}>
          <p>The filters are drawn from the newest checkpoint.</p>
        </Empty>
      </Section>
    );
  }
  // The name of the checkpoint has the browser fetch the picture again when there is a newer one.
  const url = `${apiUrl(apiPath`runs/${run}/filters.png`)}?checkpoint=${encodeURIComponent(checkpoint)}`;
  return (
    <Section title="Filters of conv1" aside={<span class="quiet">{checkpoint}</span>}>
      <img
        class="filters-image"
        src={url}
        alt={`The filters of conv1 of run ${run}`}
        loading="lazy"
        onError={() => setFailed(checkpoint)}
      />
    </Section>
  );
}
