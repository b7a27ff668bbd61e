import { describe, expect, it } from 'vitest';
import { profileEntries, profileValues } from './profile-keys.ts';
import { profileOf, PROFILES, resolveProfile } from './resolve.ts';

const entriesOf = (name: string, assignments: readonly string[] = []) => {
  const definition = PROFILES.find((profile) => profile.name === name);
  if (definition === undefined) throw new Error(name);
  const entries = profileEntries(resolveProfile(name, assignments), definition, profileOf(definition));
  return new Map(entries.map((entry) => [entry.key, entry]));
};

describe('profileEntries', () => {
  it.each(PROFILES.map(({ name }) => name))('has type, meaning and source for every key of %s', (name) => {
    const stated = new Set(profileValues(resolveProfile(name, [])).map(({ key }) => key));
    for (const [key, { type, meaning, source }] of entriesOf(name)) {
      expect(type, key).not.toBe('');
      expect(meaning, key).not.toBe('');
      expect(source.source, key).not.toMatch(/^$|command line/);
      if (stated.has(key)) expect(source.source, key).not.toBe('the default');
    }
  });

  it('says where a value comes from: the profile itself, its base, or the command line', () => {
    const entries = entriesOf('demo', ['optimizer.momentum=0.5']);
    expect(entries.get('net.width')).toMatchObject({ value: 0.25, source: { profile: 'demo' } });
    expect(entries.get('optimizer.weightDecay')).toMatchObject({
      value: 0.0005,
      source: { profile: 'paper', source: '§5' },
    });
    expect(entries.get('optimizer.momentum')).toMatchObject({
      value: 0.5,
      source: { source: 'set on the command line' },
    });
  });

  it.each([
    ['paper', 'batchSize', 'whole number, from 1 to 4096'],
    ['paper', 'net.width', 'number, above 0, to 4'],
    ['paper', 'net.outputs.conv4', 'whole number, from 1 to 16384 | off'],
    ['paper', 'net.groups', '1 | 2'],
    ['paper', 'augment.mirror', 'true | false'],
    ['paper', 'schedule.patience', 'whole number, from 1'],
    ['demo', 'schedule.at', 'list of number, from 0 to 1'],
    ['modified', 'optimizer.beta1', 'number, from 0, below 1'],
  ])('reads the range of %s %s from the schema', (name, key, type) => {
    expect(entriesOf(name).get(key)?.type).toBe(type);
  });

  it('has the optional keys that a profile does not have, in their place', () => {
    const keys = [...entriesOf('paper').keys()];
    expect(keys[keys.indexOf('epochs') + 1]).toBe('earlyStop');
    expect(entriesOf('paper').get('earlyStop')).toMatchObject({
      ...{ value: 'off', type: '{ patience } | off', source: { source: 'the default' } },
    });
    expect(entriesOf('paper', ['earlyStop.patience=3']).get('earlyStop.patience')).toMatchObject({
      ...{ value: 3, type: 'whole number, from 1', source: { source: 'set on the command line' } },
    });
  });

  it('describes a key as the present kind has it', () => {
    expect(entriesOf('paper').get('schedule.kind')?.meaning).toMatch(/stops improving/);
    expect(entriesOf('demo').get('schedule.kind')?.meaning).toMatch(/fixed shares/);
  });
});
