import { describe, expect, it } from 'vitest';
import { parseProfile } from './profile.ts';
import { PROFILES, resolveProfile } from './resolve.ts';

describe('resolveProfile', () => {
  it.each(Object.keys(PROFILES))('gives %s, which survives JSON', (name) => {
    const profile = resolveProfile(name, []);
    expect(profile.name).toBe(name);
    expect(parseProfile(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
  });

  it('has the paper as the paper prints it', () => {
    const { optimizer, batchSize, epochs, schedule } = resolveProfile('paper', []);
    expect(optimizer).toEqual({ learningRate: 0.01, momentum: 0.9, weightDecay: 0.0005 });
    expect([batchSize, epochs, schedule.kind]).toEqual([128, 90, 'plateau']);
  });

  it('applies assignments in order, also to a whole branch, and leaves the profile as it was', () => {
    const profile = resolveProfile('paper', [
      'optimizer.learningRate=0.02',
      'augment.lighting=off',
      'schedule={"kind":"steps","factor":0.1,"at":[0.5]}',
      'schedule.factor=0.2',
    ]);
    expect(profile.optimizer.learningRate).toBe(0.02);
    expect(profile.augment.lighting).toBe('off');
    expect(profile.schedule).toEqual({ kind: 'steps', factor: 0.2, at: [0.5] });
    expect(resolveProfile('paper', []).optimizer.learningRate).toBe(0.01);
  });

  it.each([
    ['optimiser.lr=1', 'optimizer.learningRate'],
    ['optimizer.learningRte=1', 'optimizer.learningRate'],
    ['batchsize=1', 'batchSize'],
    ['net.lrn.alfa=1', 'net.lrn.alpha'],
    ['shedule=1', 'schedule, with one of kind, factor, patience, drops, at'],
    ['epochs.number=1', 'epochs?'],
  ])('answers %s with the key that was meant', (assignment, meant) => {
    expect(() => resolveProfile('paper', [assignment])).toThrow(
      expect.objectContaining({
        code: 'CONFIG_UNKNOWN_KEY',
        remedy: expect.stringContaining(`Did you mean ${meant}`) as string,
      }),
    );
  });

  it.each([
    ['optimizer.learningRate=fast', 'optimizer.learningRate', '"fast"'],
    ['optimizer.learningRate=-1', 'optimizer.learningRate', '-1'],
    ['net.groups=3', 'net.groups', '3'],
    ['initialisation.biasOnes=["conv9"]', 'initialisation.biasOnes.0', '"conv9"'],
  ])('refuses the value of %s', (assignment, key, actual) => {
    expect(() => resolveProfile('paper', [assignment])).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        expected: expect.stringContaining(key) as string,
        actual,
      }),
    );
  });

  it('refuses a key that belongs to the other kind of schedule, an unknown profile and a missing value', () => {
    const invalid = expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error;
    expect(() => resolveProfile('paper', ['schedule.at=[0.5]'])).toThrow(invalid);
    expect(() => resolveProfile('papper', [])).toThrow(/one of paper, demo/);
    expect(() => resolveProfile('paper', ['epochs'])).toThrow(invalid);
  });
});
