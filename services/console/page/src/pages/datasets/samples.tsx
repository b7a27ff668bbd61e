import { apiPath } from '../../api/client.ts';
import type { DatasetDetails, DatasetSamples } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';

const LIMIT = 24;

interface SamplesProps {
  dataset: DatasetDetails;
  /** Empty for all. */
  shownClass: string;
  onClass: (name: string) => void;
}

/** Some images as they are stored. */
export function Samples({ dataset, shownClass, onClass }: SamplesProps) {
  const ofClass = shownClass === '' ? '' : `class=${encodeURIComponent(shownClass)}&`;
  const samples = useResource<DatasetSamples>(
    `${apiPath`datasets/${dataset.name}/samples`}?${ofClass}limit=${LIMIT}`,
  );
  return (
    <Section
      title="Samples"
      aside={
        <select
          aria-label="Class of the samples"
          value={shownClass}
          onChange={({ currentTarget }) => onClass(currentTarget.value)}
        >
          <option value="">All classes</option>
          {dataset.classCounts.map(({ class: name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      }
    >
      <Loaded from={samples} problem="The samples could not be read.">
        {(data) =>
          data.samples.length === 0 ? (
            <Empty title="No samples" />
          ) : (
            <ul class="samples">
              {data.samples.map(({ id, name, class: label, url }) => (
                <li key={id}>
                  <img
                    src={url}
                    alt={`${label}: ${name}`}
                    title={name}
                    loading="lazy"
                    width={112}
                    height={112}
                  />
                  <span class="quiet">{label}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}
