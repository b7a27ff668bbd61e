import { useState } from 'preact/hooks';
import type { RunEvent, RunEvents } from '../../api/types.ts';
import type { Resource } from '../../api/use-resource.ts';
import { count } from '../../format/format.ts';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { EVENT_NAMES, eventDetail } from './run-events.ts';

/** What happened to a run, the newest first. */
export function RunTimeline({ events }: { events: Resource<RunEvents> }) {
  const [isBrief, setBrief] = useState(false);
  return (
    <Section
      title="Events"
      aside={
        <label class="inline">
          <input
            type="checkbox"
            checked={isBrief}
            onChange={({ currentTarget }) => setBrief(currentTarget.checked)}
          />
          Hide checkpoints and validations
        </label>
      }
    >
      <Loaded from={events} problem="The events could not be read.">
        {(data) => (
          <>
            {data.damaged.map((failure, i) => (
              <ErrorBox key={i} error={failure} />
            ))}
            <Timeline events={isBrief ? data.events.filter(isRare) : data.events} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

const isRare = ({ kind }: RunEvent): boolean => kind !== 'checkpoint' && kind !== 'validation';

function Timeline({ events }: { events: readonly RunEvent[] }) {
  if (events.length === 0) return <Empty title="Nothing happened yet" />;
  return (
    <div class="scroll-box" role="group" aria-label="Events, the newest first" tabIndex={0}>
      <ol class="timeline">
        {[...events].reverse().map((event) => (
          <li key={`${event.kind}-${event.step}-${event.at}`} class={`event event-${event.kind}`}>
            <span class="event-name">{EVENT_NAMES[event.kind]}</span>
            <span class="quiet number">
              step {count(event.step)} · <TimeAgo time={event.at} />
            </span>
            <span class="event-detail">{eventDetail(event)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
