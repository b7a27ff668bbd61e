/**
 * How classes that have only numbers are called: in digits of one width, so that they sort as numbers.
 * @param most the largest label
 */
export function labelDigits(most: number): (label: number) => string {
  const digits = String(most).length;
  return (label) => String(label).padStart(digits, '0');
}
