interface ZoomButtonsProps {
  /** What is shown now. */
  label: string;
  isZoomed: boolean;
  /** @param share of what is shown, negative for earlier */
  onMove: (share: number) => void;
  /** @param factor of the length of what is shown */
  onScale: (factor: number) => void;
  onReset: () => void;
}

/** Zooming without a mouse. */
export function ZoomButtons({ label, isZoomed, onMove, onScale, onReset }: ZoomButtonsProps) {
  return (
    <div class="zoom" role="group" aria-label="Zoom">
      <span class="quiet" aria-live="polite">
        {label}
      </span>
      <IconButton label="Earlier" isOff={!isZoomed} onClick={() => onMove(-0.5)} sign="←" />
      <IconButton label="Later" isOff={!isZoomed} onClick={() => onMove(0.5)} sign="→" />
      <IconButton label="Zoom in" onClick={() => onScale(0.5)} sign="+" />
      <IconButton label="Zoom out" isOff={!isZoomed} onClick={() => onScale(2)} sign="−" />
      <button type="button" class="button plain" disabled={!isZoomed} onClick={onReset}>
        Whole run
      </button>
    </div>
  );
}

interface IconButtonProps {
  label: string;
  sign: string;
  isOff?: boolean;
  onClick: () => void;
}

function IconButton({ label, sign, isOff = false, onClick }: IconButtonProps) {
  return (
    <button type="button" class="icon-button" aria-label={label} disabled={isOff} onClick={onClick}>
      {sign}
    </button>
  );
}
