import { apiPath } from '../../api/client.ts';
import type { DatasetDetails, Quarantine } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { bytes, count, plural } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { TableHead } from '../../ui/table-head.tsx';

/** The files that could not be read, and why. */
export function QuarantineList({ dataset }: { dataset: DatasetDetails }) {
  const quarantine = useResource<Quarantine>(apiPath`datasets/${dataset.name}/quarantine`);
  const reasons = Object.entries(dataset.quarantineReasons);
  return (
    <Section
      title="Quarantine"
      aside={
        quarantine.data !== undefined && <span class="quiet">{plural(quarantine.data.total, 'file')}</span>
      }
    >
      {reasons.length > 0 && (
        <ul class="marks">
          {reasons.map(([reason, files]) => (
            <li key={reason} class="mark">
              {reason} {count(files)}
            </li>
          ))}
        </ul>
      )}
      <Loaded from={quarantine} problem="The quarantine could not be read.">
        {({ items, total }) =>
          items.length === 0 ? (
            <Empty title="Nothing is quarantined">
              <p>Every file of the source could be read.</p>
            </Empty>
          ) : (
            <>
              <QuarantineTable items={items} />
              {total > items.length && (
                <p class="hint">
                  {count(items.length)} of {count(total)} files are shown. <code>alexnet dataset show</code>{' '}
                  lists all.
                </p>
              )}
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

function QuarantineTable({ items }: Pick<Quarantine, 'items'>) {
  return (
    <div class="scroll-box" role="group" aria-label="Quarantined files" tabIndex={0}>
      <table class="table">
        <TableHead columns={['File', 'Reason', { number: 'Size' }]} />
        <tbody>
          {items.map(({ split, name, reason, detail, bytes: size }) => (
            <tr key={`${split}/${name}`}>
              <th scope="row" class="wrap">
                {name} <span class="quiet">{split}</span>
              </th>
              <td class="wrap">
                {reason}
                {detail !== '' && <span class="row-note quiet">{detail}</span>}
              </td>
              <td class="number">{bytes(size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
