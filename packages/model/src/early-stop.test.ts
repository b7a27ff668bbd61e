import { describe, expect, it } from 'vitest';
import { stopsEarly } from './early-stop.ts';
import { parseProfile } from './profile.ts';
import { resolveProfile } from './resolve.ts';

describe('earlyStop', () => {
  const profile = resolveProfile('paper', ['earlyStop.patience=2']);
  const ends = (...errors: number[]): boolean => stopsEarly(profile, errors);

  it('ends a run `patience` epochs after the one with the lowest error', () => {
    expect(ends(0.9)).toBe(false);
    expect(ends(0.9, 0.8, 0.85)).toBe(false);
    expect(ends(0.9, 0.8, 0.85, 0.81)).toBe(true);
    expect(ends(0.9, 0.8, 0.85, 0.79)).toBe(false);
    expect(ends(0.9, 0.8, 0.85, 0.79, 0.85, 0.8)).toBe(true);
  });

  it('does not take the same error for an improvement', () => {
    expect(ends(0.8, 0.8)).toBe(false);
    expect(ends(0.8, 0.8, 0.8)).toBe(true);
  });

  it('ends nothing before the first validation, where it is off, and where a profile does not have the key', () => {
    const errors = [0.5, 0.6, 0.7, 0.8];
    expect(ends()).toBe(false);
    expect(stopsEarly({ earlyStop: 'off' }, errors)).toBe(false);
    expect(stopsEarly(resolveProfile('paper', []), errors)).toBe(false);
  });

  it('is not written into the profile of a run that does not use it', () => {
    const json = JSON.stringify(resolveProfile('paper', []));
    expect(json).not.toContain('earlyStop');
    expect(JSON.stringify(parseProfile(JSON.parse(json)))).toBe(json);
  });

  it.each(['earlyStop.patience=0', 'earlyStop.patience=1.5', 'earlyStop=on', 'earlyStop={}'])(
    'refuses %s',
    (assignment) => {
      expect(() => resolveProfile('paper', [assignment])).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    },
  );
});
