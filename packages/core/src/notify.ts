import * as z from 'zod';
import { AlexnetError } from './errors.ts';

/** A job carries it, beside what it reports, in 4 KB. */
const MOST_URL_CHARACTERS = 1024;
/** By the Standard Webhooks specification, in bytes. */
const KEY_BYTES = { least: 24, most: 64 };

/** Where notifications go: an http or https address of at most 1,024 characters. */
export const NotifyUrl = z.url({ protocol: /^https?$/ }).max(MOST_URL_CHARACTERS);

/** What notifications are signed with: `whsec_` and 24 to 64 bytes in base64. */
export const NotifySecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/)
  .refine((secret) => {
    const { length } = notifyKey(secret);
    return length >= KEY_BYTES.least && length <= KEY_BYTES.most;
  });

/** The bytes of a {@link NotifySecret}. */
export const notifyKey = (secret: string): Buffer => Buffer.from(secret.slice('whsec_'.length), 'base64');

/**
 * What may be shown of an address: its user, path and query may be secret.
 * @param url see {@link NotifyUrl}
 */
export const shownNotifyUrl = (url: string): string => new URL(url).origin;

/** @throws CONFIG_INVALID, without the value: it may have secrets */
export function checkNotifyUrl(url: string): string {
  if (NotifyUrl.safeParse(url).success) return url;
  throw new AlexnetError('CONFIG_INVALID', {
    expected: `the address for notifications to be a URL with http or https and at most ${MOST_URL_CHARACTERS} characters`,
    actual: describeUrl(url),
    remedy: 'E.g. --notify https://hooks.example/alexnet.',
  });
}

function describeUrl(url: string): string {
  if (!URL.canParse(url)) return 'what is not a URL';
  const { protocol } = new URL(url);
  return /^https?:$/.test(protocol) ? `one with ${url.length} characters` : `one with ${protocol}`;
}
