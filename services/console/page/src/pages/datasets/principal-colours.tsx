import type { DatasetDetails } from '../../api/types.ts';
import { decimal } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { colourAlong, DEVIATIONS } from './colours.ts';

/** The mean colour, moved along the principal components by up to two standard deviations. */
export function PrincipalColours({ dataset }: { dataset: DatasetDetails }) {
  const { meanColour, eigenvalues, eigenvectors } = dataset;
  if (meanColour === null || eigenvalues.length === 0) return null;
  return (
    <Section title="Principal colours">
      <ul class="components">
        {eigenvalues.map((eigenvalue, i) => (
          <li key={i}>
            <span>
              {i + 1} <span class="quiet number">σ {decimal(Math.sqrt(Math.max(0, eigenvalue)))}</span>
            </span>
            <span
              class="swatches"
              role="img"
              aria-label={`Component ${i + 1}, direction ${directionText(eigenvectors[i])}`}
            >
              {DEVIATIONS.map((deviation) => (
                <span
                  key={deviation}
                  title={`${deviation} σ`}
                  style={{
                    background: colourAlong(meanColour, eigenvectors[i] ?? [], eigenvalue, deviation),
                  }}
                />
              ))}
            </span>
          </li>
        ))}
      </ul>
      <p class="hint">
        The mean colour is in the middle. To the sides, it is moved by one and two standard deviations along
        each component of the training pixels. The augmentation of light moves images along these.
      </p>
    </Section>
  );
}

const directionText = (vector: readonly number[] = []): string =>
  vector.map((part) => part.toFixed(2)).join(', ');
