import { apiPath, apiUrl } from '../../api/client.ts';
import type { RunDetails } from '../../api/types.ts';
import { bytes, count, percent, plural } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { Empty } from '../../ui/states.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { TableHead } from '../../ui/table-head.tsx';

export function Checkpoints({ run: { run, checkpoints } }: { run: RunDetails }) {
  return (
    <Section
      title="Checkpoints"
      aside={<span class="quiet">{plural(checkpoints.length, 'checkpoint')}</span>}
    >
      {checkpoints.length === 0 ? (
        <Empty title="No checkpoint yet">
          <p>The trainer writes one at the end of an epoch, and when the run is stopped.</p>
        </Empty>
      ) : (
        <div class="scroll-box" role="group" aria-label="Checkpoints" tabIndex={0}>
          <table class="table">
            <TableHead
              columns={[
                { number: 'Step' },
                { number: 'Error' },
                'Marks',
                { number: 'Size' },
                { number: 'Written' },
                'Weights',
              ]}
            />
            <tbody>
              {[...checkpoints]
                .reverse()
                .map(({ name, step, bytes: size, writtenAt, validationError, isBest, isLatest }) => (
                  <tr key={name} title={name}>
                    <th scope="row" class="number">
                      {count(step)}
                    </th>
                    <td class="number">{percent(validationError)}</td>
                    <td>
                      {isBest && <span class="mark strong">best</span>}{' '}
                      {isLatest && <span class="mark">latest</span>}
                    </td>
                    <td class="number">{bytes(size)}</td>
                    <td class="number">
                      <TimeAgo time={writtenAt} />
                    </td>
                    <td>
                      <a
                        class="download"
                        href={apiUrl(apiPath`runs/${run}/checkpoints/${name}/model.safetensors`)}
                        download
                      >
                        Save<span class="visually-hidden"> the weights of step {step}</span>
                      </a>
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
