export type SortValue = string | number | null | undefined;
export interface Sorting<K extends string> {
  by: K;
  isDescending: boolean;
}

/** A sorted copy. Unknown values are last in both directions; equal ones keep their order. */
export function sorted<T>(items: readonly T[], valueOf: (item: T) => SortValue, isDescending: boolean): T[] {
  const direction = isDescending ? -1 : 1;
  return items
    .map((item) => ({ item, value: valueOf(item) ?? undefined }))
    .sort((a, b) => {
      if (a.value === undefined || b.value === undefined) {
        return Number(a.value === undefined) - Number(b.value === undefined);
      }
      return direction * compare(a.value, b.value);
    })
    .map(({ item }) => item);
}

const names = new Intl.Collator('en', { numeric: true });

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : names.compare(String(a), String(b));
}
