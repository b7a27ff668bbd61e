import { apiPath } from '../../api/client.ts';
import type { DatasetDetails, DatasetDuplicates } from '../../api/types.ts';
import { usePages } from '../../api/use-pages.ts';
import { count } from '../../format/format.ts';
import { Paged } from '../../ui/paged.tsx';
import { Section } from '../../ui/section.tsx';
import { Empty } from '../../ui/states.tsx';

const LIMIT = 12;

type Group = DatasetDuplicates['items'][number];

const KINDS: Readonly<Record<Group['kind'], string>> = {
  bytes: 'Equal files',
  pixels: 'Equal pixels',
  near: 'Nearly alike',
};

/** Images that are copies of each other. */
export function DuplicatesSection({ dataset }: { dataset: DatasetDetails }) {
  const pages = usePages<DatasetDuplicates>(`${apiPath`datasets/${dataset.name}/duplicates`}?limit=${LIMIT}`);
  return (
    <Section title="Duplicates">
      <Paged from={pages} problem="The duplicates could not be read.">
        {(groups) =>
          groups.length === 0 ? (
            <Empty title={dataset.duplicates === null ? 'Not looked for' : 'No duplicates'}>
              <p>
                {dataset.duplicates === null
                  ? 'An earlier version made this dataset.'
                  : 'No image is a copy of another one.'}
              </p>
            </Empty>
          ) : (
            <ul class="duplicates">
              {groups.map((group, i) => (
                <DuplicateGroup key={i} group={group} />
              ))}
            </ul>
          )
        }
      </Paged>
    </Section>
  );
}

function DuplicateGroup({ group }: { group: Group }) {
  const { kind, distance, leak, conflict, images, imagesInAll } = group;
  return (
    <li>
      <p class="duplicate-head">
        <strong>{KINDS[kind]}</strong>
        <span class="quiet">
          {count(imagesInAll)} images
          {distance !== null && `, ${count(distance)} of 256 bits differ`}
        </span>
        {leak && <span class="mark attention">in both splits</span>}
        {conflict && <span class="mark attention">in several classes</span>}
      </p>
      <ul class="samples">
        {images.map(({ split, class: label, name, isDropped, url }) => (
          <li key={`${split} ${name}`} title={name}>
            {url === null ? (
              <span class="no-picture quiet">{isDropped ? 'left out' : 'no picture'}</span>
            ) : (
              <img src={url} alt={`${label}: ${name}`} loading="lazy" width={112} height={112} />
            )}
            <span>{label}</span>
            <span class="quiet">
              {split} · {name.split('/').at(-1)}
            </span>
          </li>
        ))}
      </ul>
      {imagesInAll > images.length && (
        <p class="hint">
          {count(images.length)} of {count(imagesInAll)} images are shown.
        </p>
      )}
    </li>
  );
}
