import type { FailedJobs } from '../../api/types.ts';
import { plural } from '../../format/format.ts';
import { Prose } from '../../ui/prose.tsx';
import { Empty } from '../../ui/states.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';

/** Jobs that failed: with which code, why, and what to do. */
export function FailedJobsList({ jobs }: FailedJobs) {
  if (jobs.length === 0) return <Empty title="No job failed" />;
  return (
    <ul class="failed-jobs">
      {jobs.map(({ queue, id, name, failedAt, attempts, error }) => (
        <li key={`${queue}/${id}`}>
          <p>
            <code>{error.code}</code> <strong>{name}</strong>{' '}
            <span class="quiet">
              {queue} · {plural(attempts, 'attempt')} · <TimeAgo time={failedAt} />
            </span>
          </p>
          <p>
            <Prose text={error.message} />
          </p>
          {error.remedy !== '' && (
            <p class="remedy">
              <Prose text={error.remedy} />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
