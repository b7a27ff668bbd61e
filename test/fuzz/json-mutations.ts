import fc from 'fast-check';

type Path = readonly (string | number)[];

const MOST_PATHS = 300;
/** More than a stack of the usual size has room for. */
const DEPTH = 12_000;
const LONG = 20_000;

/** Texts that parsers of JSON have stumbled over, whatever the document. */
export const oddTexts = (): string[] => [
  '',
  ' ',
  'null',
  'true',
  '0',
  '""',
  '[]',
  '{}',
  '[{}]',
  '\ufeff{}',
  '{"__proto__":{"x":1}}',
  '['.repeat(DEPTH),
  '['.repeat(DEPTH) + ']'.repeat(DEPTH),
  '{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH),
];

/** What a value is replaced by, as JSON or as what only looks like it. */
const texts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['0', '-0', '1', '-1', '0.5', '2147483648', '4294967296', '9007199254740991', '9007199254740992'],
    ...['1125899906842624', '-9007199254740993', '1e308', '-1e308', '1e-308', '1e999', '-1e999', 'NaN'],
    ...['Infinity', '0x10', '1e', '01', 'null', 'true', 'false', 'undefined', '[]', '{}', '[[]]', '[null]'],
    ...['""', '" "', '"0"', '"-1"', '"NaN"', '"__proto__"', '"constructor"', '"toString"', '"\\u0000"'],
    ...['"../../x"', '"/etc/passwd"', '"a/../../x"', '"a\\\\..\\\\x"', '"."', '".."', '"\\ud800"', '"%"'],
    ...['{"__proto__":1}', '{"constructor":{"prototype":{"x":1}}}'],
    `"${'x'.repeat(LONG)}"`,
    `"${'A'.repeat(LONG)}"`,
    `[${'0,'.repeat(LONG / 4)}0]`,
    `{${Array.from({ length: 500 }, (_, i) => `"k${i}":0`).join(',')}}`,
    '['.repeat(DEPTH) + ']'.repeat(DEPTH),
    '{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH),
    '['.repeat(1000) + ']'.repeat(1000),
  ),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.string().map((text) => JSON.stringify(text)),
);
const keys = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'length', '', '0', 'a.b', 'x'.repeat(500)),
  fc.string(),
);

/** Stands for a text that is put in after the rest is written: it may be no JSON. */
const MARK = 'value to be put in here';

type Change = (root: unknown) => unknown;

/** The document with one to three of its values replaced, removed, doubled, moved or added to. */
export function mutatedJson(bytes: Buffer): fc.Arbitrary<Buffer> {
  const document: unknown = JSON.parse(bytes.toString());
  const paths = pathsOf(document);
  const path = fc.constantFrom(...paths);
  const change: fc.Arbitrary<Change> = fc.oneof(
    path.map(
      (at): Change =>
        (root) =>
          remove(root, at),
    ),
    fc.tuple(path, path).map(
      ([from, to]): Change =>
        (root) =>
          replace(root, to, get(document, from)),
    ),
    fc.tuple(path, keys).map(
      ([at, key]): Change =>
        (root) =>
          add(root, at, key),
    ),
    path.map(
      (at): Change =>
        (root) =>
          double(root, at),
    ),
  );
  const changed = fc
    .array(change, { minLength: 0, maxLength: 2 })
    .map((changes) => changes.reduce<unknown>((value, next) => next(value), structuredClone(document)));
  return fc
    .tuple(changed, path, texts, fc.integer({ min: 0, max: 3 }))
    .map(([value, at, text, put]) =>
      put === 0
        ? JSON.stringify(value)
        : JSON.stringify(replace(value, at, MARK)).replace(`"${MARK}"`, () => text),
    )
    .map((text) => Buffer.from(text));
}

/** Of every value in a document, the root first. */
function pathsOf(document: unknown): Path[] {
  const found: Path[] = [[]];
  for (let at = 0; at < found.length && found.length < MOST_PATHS; at++) {
    const path = found[at] as Path;
    const value = get(document, path);
    if (typeof value !== 'object' || value === null) continue;
    for (const key of Object.keys(value)) found.push([...path, Array.isArray(value) ? Number(key) : key]);
  }
  return found;
}

function get(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    root,
  );
}

/** The object or array that holds the value at a path, where an earlier change has left it there. */
function holder(root: unknown, path: Path): Record<string, unknown> | undefined {
  const value = get(root, path.slice(0, -1));
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function replace(root: unknown, path: Path, value: unknown): unknown {
  const key = path.at(-1);
  // A copy, so that later changes do not reach the document.
  const copy: unknown = structuredClone(value);
  if (key === undefined) return copy;
  const held = holder(root, path);
  if (held !== undefined) held[key] = copy;
  return root;
}

function remove(root: unknown, path: Path): unknown {
  const key = path.at(-1);
  const held = holder(root, path);
  if (key === undefined || held === undefined) return root;
  if (Array.isArray(held)) held.splice(Number(key), 1);
  else Reflect.deleteProperty(held, key);
  return root;
}

function double(root: unknown, path: Path): unknown {
  const held = holder(root, path);
  if (Array.isArray(held)) held.push(structuredClone(get(root, path)));
  return root;
}

function add(root: unknown, path: Path, key: string): unknown {
  const value = get(root, path);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    Object.defineProperty(value, key, { value: 1, enumerable: true, writable: true, configurable: true });
  return root;
}
