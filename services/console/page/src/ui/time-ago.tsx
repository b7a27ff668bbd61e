import { ago, moment } from '../format/format.ts';
import { now } from '../state/clock.ts';

export function TimeAgo({ time }: { time: string | null }) {
  if (time === null) return <>{ago(time, 0)}</>;
  return (
    <time dateTime={time} title={moment(time)}>
      {ago(time, now.value)}
    </time>
  );
}
