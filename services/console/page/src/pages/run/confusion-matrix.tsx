import { count } from '../../format/format.ts';

interface ConfusionMatrixProps {
  classes: string[];
  /** A row for each class, a column for what its images were taken for. */
  images: number[][];
}

/** Images of each class by what they were taken for; the stronger the colour, the larger the share of the class. */
export function ConfusionMatrix({ classes, images }: ConfusionMatrixProps) {
  return (
    <div class="scroll-box" role="group" aria-label="Confusion matrix" tabIndex={0}>
      <table class="table matrix">
        <caption class="quiet">Rows: the class. Columns: what it was taken for, by number.</caption>
        <thead>
          <tr>
            <th scope="col">Class</th>
            {classes.map((name, at) => (
              <th key={name} scope="col" class="number" title={name}>
                {at + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((name, label) => {
            const row = images[label] ?? [];
            const total = row.reduce((sum, value) => sum + value, 0);
            return (
              <tr key={name}>
                <th scope="row">
                  {label + 1} {name}
                </th>
                {row.map((value, at) => (
                  <td
                    key={classes[at]}
                    class={at === label ? 'number right' : 'number'}
                    style={{ '--share': total === 0 ? 0 : value / total }}
                    title={`${name} taken for ${classes[at]}: ${count(value)}`}
                  >
                    {value === 0 ? '·' : count(value)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
