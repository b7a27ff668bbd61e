import { useState } from 'preact/hooks';
import type { DatasetDetails } from '../../api/types.ts';
import { count, plural } from '../../format/format.ts';
import { sorted } from '../../ui/sort.ts';
import { Section } from '../../ui/section.tsx';

type Order = 'images' | 'name';

/** Images of each class as bars. @param onClass a class was chosen */
export function ClassCounts({
  dataset,
  onClass,
}: {
  dataset: DatasetDetails;
  onClass: (name: string) => void;
}) {
  const [order, setOrder] = useState<Order>('images');
  const most = Math.max(1, ...dataset.classCounts.map(({ train, val }) => train + val));
  const rows = sorted(
    dataset.classCounts,
    (row) => (order === 'name' ? row.class : row.train + row.val),
    order === 'images',
  );
  return (
    <Section
      title="Classes"
      aside={
        <>
          <span class="quiet">{plural(rows.length, 'class', 'classes')}</span>
          <select
            aria-label="Order of the classes"
            value={order}
            onChange={({ currentTarget }) => setOrder(currentTarget.value as Order)}
          >
            <option value="images">Largest first</option>
            <option value="name">By name</option>
          </select>
        </>
      }
    >
      <p class="legend">
        <span class="swatch train" aria-hidden="true" /> train <span class="swatch val" aria-hidden="true" />{' '}
        validation
      </p>
      <div class="scroll-box" role="group" aria-label="Images of each class" tabIndex={0}>
        <ul class="class-counts">
          {rows.map(({ class: name, train, val }) => (
            <li key={name}>
              <button
                type="button"
                class="link"
                title={`Show samples of ${name}`}
                onClick={() => onClass(name)}
              >
                {name}
              </button>
              <span class="bar" aria-hidden="true">
                <span class="train" style={{ width: `${(100 * train) / most}%` }} />
                <span class="val" style={{ width: `${(100 * val) / most}%` }} />
              </span>
              <span class="number">
                {count(train)} + {count(val)}
                <span class="visually-hidden"> images, train and validation</span>
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Section>
  );
}
