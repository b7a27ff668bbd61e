/** Canvas knows no CSS variables, so they are read when a chart is made. @param name e.g. --line */
export const cssColour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** @param alpha of 1 */
export const faded = (colour: string, alpha: number): string =>
  `${colour}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
