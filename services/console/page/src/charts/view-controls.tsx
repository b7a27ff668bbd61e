import { useId } from 'preact/hooks';
import { X_AXES } from './axis.ts';
import type { CurveView } from './curve-chart.tsx';

/** How curves are shown: the x axis, smoothing, the scale. */
export function ViewControls({ view, onChange }: { view: CurveView; onChange: (view: CurveView) => void }) {
  const id = useId();
  return (
    <>
      <div class="segments" role="group" aria-label="X axis">
        {X_AXES.map(({ axis, label }) => (
          <button
            key={axis}
            type="button"
            aria-pressed={view.axis === axis}
            onClick={() => onChange({ ...view, axis })}
          >
            {label}
          </button>
        ))}
      </div>
      <label class="inline" for={id}>
        Smoothing
        <input
          id={id}
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={view.smoothing}
          onInput={({ currentTarget }) => onChange({ ...view, smoothing: Number(currentTarget.value) })}
        />
        <output for={id}>{view.smoothing.toFixed(2)}</output>
      </label>
      <label class="inline">
        <input
          type="checkbox"
          checked={view.isLog}
          onChange={({ currentTarget }) => onChange({ ...view, isLog: currentTarget.checked })}
        />
        Log scale
      </label>
    </>
  );
}
