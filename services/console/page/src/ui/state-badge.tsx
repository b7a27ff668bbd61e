/** A dot and a word. The word carries the meaning; the colour only helps to scan. */
export function StateBadge({ state }: { state: string }) {
  return (
    <span class={`state state-${state}`}>
      <span class="dot" aria-hidden="true" />
      {state}
    </span>
  );
}
