export const markdownRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The first two lines of a table. @param isNumber which columns stand to the right */
export const markdownHead = (
  head: readonly string[],
  isNumber: (column: number) => boolean = () => false,
): string =>
  [markdownRow(head), markdownRow(head.map((_, column) => (isNumber(column) ? '---:' : '---')))].join('\n');

export const markdownTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  isNumber?: (column: number) => boolean,
): string => [markdownHead(head, isNumber), ...rows.map(markdownRow)].join('\n');
