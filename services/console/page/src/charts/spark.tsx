const WIDTH = 96;
const HEIGHT = 24;
const EDGE = 2;

/** A small curve of the mean losses of a run. The numbers beside it say the same, so it is hidden from screen readers. */
export function Spark({ values }: { values: readonly number[] }) {
  const known = values.filter(Number.isFinite);
  if (known.length < 2) return null;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={sparkPath(known)} />
    </svg>
  );
}

function sparkPath(values: readonly number[]): string {
  const min = Math.min(...values);
  const span = Math.max(...values) - min || 1;
  const points = values.map((value, i) => {
    const x = EDGE + ((WIDTH - 2 * EDGE) * i) / (values.length - 1);
    const y = EDGE + (HEIGHT - 2 * EDGE) * (1 - (value - min) / span);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}
