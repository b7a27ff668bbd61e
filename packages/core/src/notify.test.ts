import { expect, it } from 'vitest';
import { checkNotifyUrl, NotifySecret, notifyKey, shownNotifyUrl } from './notify.ts';

it('takes http and https addresses', () => {
  for (const url of ['http://127.0.0.1:8080', 'https://user:pass@hooks.example/a/b?token=c'])
    expect(checkNotifyUrl(url)).toBe(url);
});

it('refuses other addresses without repeating them', () => {
  const long = `https://hooks.example/${'x'.repeat(1024)}`;
  for (const [url, actual] of [
    ['hooks.example?key=secret', 'what is not a URL'],
    ['', 'what is not a URL'],
    ['ftp://user:secret@hooks.example', 'one with ftp:'],
    [long, `one with ${long.length} characters`],
  ] as const)
    expect(() => checkNotifyUrl(url)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', actual }));
});

it('shows only the origin of an address', () => {
  expect(shownNotifyUrl('https://user:pass@hooks.example:8443/T0/secret?token=x#y')).toBe(
    'https://hooks.example:8443',
  );
});

it('takes secrets of 24 to 64 bytes', () => {
  const secret = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
  for (const bytes of [24, 32, 64]) {
    expect(NotifySecret.safeParse(secret(bytes)).success).toBe(true);
    expect(notifyKey(secret(bytes))).toEqual(Buffer.alloc(bytes, 7));
  }
  for (const wrong of [secret(23), secret(65), secret(32).slice('whsec_'.length), 'whsec_', 'whsec_§'])
    expect(NotifySecret.safeParse(wrong).success).toBe(false);
});
