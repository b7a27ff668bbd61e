/** Values as people read them. Unknown ones are a dash. */

export const NONE = '–';
type Maybe = number | null | undefined;

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const percentFormat = new Intl.NumberFormat('en', {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** 12,345 */
export const count = (value: Maybe): string => (isKnown(value) ? whole.format(value) : NONE);
/** 41.2% of a fraction of 1 */
export const percent = (value: Maybe): string => (isKnown(value) ? percentFormat.format(value) : NONE);

/** Four significant digits: 6.907, 0.01234 */
export function decimal(value: Maybe): string {
  if (!isKnown(value)) return NONE;
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** A loss: three digits after the point, so that a column of them lines up. */
export const loss = (value: Maybe): string => (isKnown(value) ? value.toFixed(3) : NONE);

/** A learning rate: 0.01, 0.00001, 2.5e-7 */
export const rate = (value: Maybe): string => (isKnown(value) ? String(Number(value.toPrecision(3))) : NONE);

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** 1.5 MiB */
export function bytes(value: Maybe): string {
  if (!isKnown(value)) return NONE;
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  const scaled = value / 1024 ** power;
  return `${power === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${UNITS[power] ?? ''}`;
}

/** 12 ms @param seconds */
export const milliseconds = (seconds: Maybe): string =>
  isKnown(seconds) ? `${count(1000 * seconds)} ms` : NONE;

/** The two largest units: 3 h 20 min @param seconds */
export function duration(seconds: Maybe): string {
  if (!isKnown(seconds)) return NONE;
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return two(s, [60, 'min'], [1, 's']);
  if (s < 86_400) return two(s, [3_600, 'h'], [60, 'min']);
  return two(s, [86_400, 'd'], [3_600, 'h']);
}

type Unit = readonly [seconds: number, name: string];

function two(seconds: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((seconds % large) / small);
  const first = `${Math.floor(seconds / large)} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

/** The largest unit of a past time: 5 min ago @param now milliseconds since 1970 */
export function ago(time: string | null | undefined, now: number): string {
  if (time === null || time === undefined) return NONE;
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  if (seconds < 5) return 'just now';
  const [unit, name] = AGES.find(([limit]) => seconds >= limit) ?? [1, 's'];
  return `${Math.floor(seconds / unit)} ${name} ago`;
}

const AGES: readonly Unit[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
];

const dateTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** In the time zone of the browser. */
export const moment = (time: string | null | undefined): string =>
  time === null || time === undefined ? NONE : dateTime.format(new Date(time));

/** 1 image, 2 images */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A value of a profile, as an assignment states it. */
export const settingText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

function isKnown(value: Maybe): value is number {
  return value !== null && value !== undefined && !Number.isNaN(value);
}
