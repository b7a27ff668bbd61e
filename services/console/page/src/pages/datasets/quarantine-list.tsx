import { apiPath } from '../../api/client.ts';
import type { DatasetDetails, Quarantine } from '../../api/types.ts';
import { usePages } from '../../api/use-pages.ts';
import { bytes, count, plural } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { Paged } from '../../ui/paged.tsx';
import { Empty } from '../../ui/states.tsx';
import { TableHead } from '../../ui/table-head.tsx';

const LIMIT = 100;

/** The files that could not be read, and why. The store has nothing else of them. */
export function QuarantineList({ dataset }: { dataset: DatasetDetails }) {
  const quarantine = usePages<Quarantine>(`${apiPath`datasets/${dataset.name}/quarantine`}?limit=${LIMIT}`);
  const reasons = Object.entries(dataset.quarantineReasons);
  return (
    <Section
      title="Quarantine"
      aside={
        quarantine.last !== undefined && <span class="quiet">{plural(quarantine.last.total, 'file')}</span>
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
      <Paged from={quarantine} problem="The quarantine could not be read.">
        {(items) =>
          items.length === 0 ? (
            <Empty title="Nothing is quarantined">
              <p>Every file of the source could be read.</p>
            </Empty>
          ) : (
            <QuarantineTable items={items} />
          )
        }
      </Paged>
    </Section>
  );
}

function QuarantineTable({ items }: { items: readonly Quarantine['items'][number][] }) {
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
