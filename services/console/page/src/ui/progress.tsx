/** A bar. @param share of 1; null where it is not known @param label for those who hear it */
export function Progress({ share, label }: { share: number | null; label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, share ?? 0)) * 100);
  return (
    <span
      class="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share === null ? {} : { 'aria-valuenow': percent })}
    >
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}
