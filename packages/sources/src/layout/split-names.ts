export interface SplitName {
  /** `test` stands for every split that is not used. */
  kind: 'train' | 'val' | 'test';
  /** Whether it is a usual name of the split, rather than one that only looks like it (`train_set`, `val2017`). */
  usual: boolean;
}

const USUAL: readonly (readonly [RegExp, SplitName['kind']])[] = [
  [/^(train|training)$/i, 'train'],
  [/^(val|valid|validation|dev)$/i, 'val'],
  [/^(test|testing|test\d+|unsup|unsupervised|unlabell?ed|holdout)$/i, 'test'],
];
const SIMILAR: readonly (readonly [RegExp, SplitName['kind']])[] = [
  [/^train[-_+ ]?val$/i, 'train'],
  [/^(train|training)[-_. ]?(sets?|data|images?|imgs?|split|\d{1,4}|[a-d])$/i, 'train'],
  [
    /^(val|valid|validation|dev|eval|evaluation)[-_. ]?(sets?|data|images?|imgs?|split|\d{1,4}|[a-d])$/i,
    'val',
  ],
  [/^(eval|evaluation)$/i, 'val'],
  [/^(test|testing)[-_. ]?(sets?|data|images?|imgs?|split|\d{1,4}|[a-d])$/i, 'test'],
];

/** What split a folder of this name usually is; undefined for any other name. */
export function splitName(folder: string): SplitName | undefined {
  const name = folder.trim();
  const usual = USUAL.find(([pattern]) => pattern.test(name));
  if (usual !== undefined) return { kind: usual[1], usual: true };
  const similar = SIMILAR.find(([pattern]) => pattern.test(name));
  return similar && { kind: similar[1], usual: false };
}

const SPLIT_WORD = 'train|training|val|valid|validation|test|testing';
const BEFORE = new RegExp(`^(${SPLIT_WORD})[-_. ](.+)$`, 'i');
const AFTER = new RegExp(`^(.+)[-_. ](${SPLIT_WORD})$`, 'i');

/** The split at the beginning or the end of a name, and the rest of it in lower case: of `cats_train`. */
export function splitOf(folder: string): { kind: SplitName['kind']; rest: string } | undefined {
  const [, first = '', after = ''] = BEFORE.exec(folder) ?? [];
  const [, before = '', last = ''] = AFTER.exec(folder) ?? [];
  const kind = splitName(first === '' ? last : first)?.kind;
  return kind && { kind, rest: (first === '' ? before : after).toLowerCase() };
}

/** The split that a word of a path says: `imagenet-train-0000.tar`, `validation/0.parquet`; undefined where none does. */
export function splitInName(name: string): SplitName['kind'] | undefined {
  for (const word of name.split(/[/._-]/).reverse()) {
    const split = splitName(word);
    if (split?.usual === true) return split.kind;
  }
  return undefined;
}
