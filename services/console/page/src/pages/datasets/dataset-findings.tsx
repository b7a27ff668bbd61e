import type { DatasetDetails } from '../../api/types.ts';
import { count } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';

/** What was noticed while the dataset was made. */
export function DatasetFindings({ dataset }: { dataset: DatasetDetails }) {
  const { duplicates, warned, ignored } = dataset;
  return (
    <Section title="Findings">
      <Counts title="Duplicates" counts={duplicateCounts(duplicates)} none="Not looked for." />
      <Counts title="Warnings of decoders" counts={warned} none="None." />
      <Counts title="Ignored files" counts={ignored} none="None." />
    </Section>
  );
}

function duplicateCounts(duplicates: DatasetDetails['duplicates']): Record<string, number> {
  if (duplicates === null) return {};
  const { bytes, pixels, near, leaks } = duplicates;
  return {
    [`images with the same bytes, in ${count(bytes.groups)} groups`]: bytes.images,
    [`images with the same pixels, in ${count(pixels.groups)} groups`]: pixels.images,
    'images that nearly look alike': near,
    'train images that are also in validation': leaks.train,
    'validation images that are also in train': leaks.val,
  };
}

function Counts({ title, counts, none }: { title: string; counts: Record<string, number>; none: string }) {
  const entries = Object.entries(counts);
  return (
    <>
      <h3>{title}</h3>
      {entries.length === 0 ? (
        <p class="quiet">{none}</p>
      ) : (
        <dl class="counts">
          {entries.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="number">{count(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}
