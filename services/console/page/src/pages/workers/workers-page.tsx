import type { FailedJobs, SystemStatus } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { bytes, count, milliseconds, percent, plural } from '../../format/format.ts';
import { runPath } from '../../router.ts';
import { ErrorBox } from '../../ui/error-box.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { FailedJobsList } from './failed-jobs-list.tsx';
import { TableHead } from '../../ui/table-head.tsx';

/** What runs: workers, trainers, queues, Redis. */
export function WorkersPage() {
  const system = useResource<SystemStatus>('status', 2_000);
  const failed = useResource<FailedJobs>('jobs/failed', 10_000);
  return (
    <>
      <PageHead title="Workers" badge={system.data && <span class="quiet">{summary(system.data)}</span>} />
      <Loaded from={system} problem="The state of the pipeline could not be read.">
        {(data) => (
          <>
            {data.redisError !== null && (
              <ErrorBox error={data.redisError} title="Redis cannot be asked. Only the store is known." />
            )}
            <Workers workers={data.workers} />
            <div class="columns narrow">
              <Trainers system={data} />
              <Queues queues={data.queues} />
              <Redis redis={data.redis} store={data.store} />
            </div>
          </>
        )}
      </Loaded>
      <Section
        title="Failed jobs"
        aside={failed.data && <span class="quiet">{plural(failed.data.jobs.length, 'job')}</span>}
      >
        <Loaded from={failed} problem="The failed jobs could not be listed.">
          {({ jobs }) => <FailedJobsList jobs={jobs} />}
        </Loaded>
      </Section>
    </>
  );
}

const summary = ({ workers, trainers }: SystemStatus): string =>
  `${plural(workers.length, 'worker')}, ${trainers === null ? 'trainers unknown' : plural(trainers, 'trainer')}`;

function Workers({ workers }: Pick<SystemStatus, 'workers'>) {
  return (
    <Section title="Workers">
      {workers.length === 0 ? (
        <Empty title="No worker is alive">
          <p>Workers decode, crop and augment images. Start one in a terminal:</p>
          <pre>
            <code>npx alexnet worker</code>
          </pre>
        </Empty>
      ) : (
        <div class="table-scroll" role="group" aria-label="Workers" tabIndex={0}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Host</th>
                <th scope="col" class="number">
                  Process
                </th>
                <th scope="col" class="number">
                  Concurrency
                </th>
                <th scope="col" class="number">
                  Images/s
                </th>
                <th scope="col" class="number">
                  Memory
                </th>
                <th scope="col" class="number" title="The longest of the last two seconds">
                  Event-loop delay
                </th>
                <th scope="col" class="number">
                  Busy
                </th>
                <th scope="col" class="c-bar">
                  <span class="visually-hidden">Busy, as a bar</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {workers.map(
                ({ id, host, pid, concurrency, imagesPerSecond, busy, memoryBytes, eventLoopDelay }) => (
                  <tr key={id} title={id}>
                    <th scope="row">{host}</th>
                    <td class="number">{pid}</td>
                    <td class="number">{count(concurrency)}</td>
                    <td class="number">{count(imagesPerSecond)}</td>
                    <td class="number">{bytes(memoryBytes)}</td>
                    <td class="number">{milliseconds(eventLoopDelay)}</td>
                    <td class="number">{percent(busy)}</td>
                    <td class="c-bar">
                      <Progress share={busy} label={`Worker ${pid} is busy`} />
                    </td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Trainers({ system: { trainers, trainerJobs } }: { system: SystemStatus }) {
  return (
    <Section
      title="Trainers"
      aside={<span class="quiet">{trainers === null ? 'unknown' : `${count(trainers)} alive`}</span>}
    >
      {trainerJobs.length === 0 ? (
        <Empty title="No trainer has a job">
          <p>
            <a href="/">Start a run</a> to give one something to do.
          </p>
        </Empty>
      ) : (
        <table class="table">
          <TableHead columns={['Run', 'Job', 'State']} />
          <tbody>
            {trainerJobs.map(({ run, job, state }) => (
              <tr key={`${run} ${job}`}>
                <th scope="row">
                  <a href={runPath(run)}>{run}</a>
                </th>
                <td>{job}</td>
                <td>{state}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Queues({ queues }: Pick<SystemStatus, 'queues'>) {
  return (
    <Section
      title="Queues"
      aside={
        <a class="button plain" href="/queues" target="_blank" rel="noopener">
          Every job
        </a>
      }
    >
      {queues.length === 0 ? (
        <Empty title="The queues are not known" />
      ) : (
        <table class="table">
          <TableHead columns={['Queue', { number: 'Active' }, { number: 'Waiting' }, { number: 'Failed' }]} />
          <tbody>
            {queues.map(({ name, active, waiting, failed }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{count(active)}</td>
                <td class="number">{count(waiting)}</td>
                <td class={failed > 0 ? 'number attention' : 'number'}>{count(failed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Redis({ redis, store }: Pick<SystemStatus, 'redis' | 'store'>) {
  return (
    <Section title="Redis and store">
      <ul class="memory">
        {redis.map(({ address, uses, usedBytes, maxBytes }) => (
          <li key={address}>
            <span>
              {address} <span class="quiet">{uses}</span>
            </span>
            {usedBytes === null ? (
              <span class="attention">away</span>
            ) : (
              <span class="number">
                {bytes(usedBytes)} {maxBytes === null ? '(no limit)' : `of ${bytes(maxBytes)}`}
              </span>
            )}
            {usedBytes !== null && maxBytes !== null && (
              <Progress share={usedBytes / maxBytes} label={`Memory of Redis at ${address}`} />
            )}
          </li>
        ))}
      </ul>
      <p class="break">
        <span class="quiet">Store</span> {store}
      </p>
    </Section>
  );
}
