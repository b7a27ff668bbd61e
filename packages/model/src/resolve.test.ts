import { describe, expect, it } from 'vitest';
import { parseProfile, ProfileSchema } from './profile.ts';
import type { Profile } from './profile.ts';
import { PROFILES, resolveProfile } from './resolve.ts';

const without = (object: object, ...keys: string[]) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

const NAMES = PROFILES.map(({ name }) => name);

describe('resolveProfile', () => {
  it.each(NAMES)('gives %s, which survives JSON', (name) => {
    const profile = resolveProfile(name, []);
    expect(profile.name).toBe(name);
    expect(parseProfile(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
  });

  it.each(NAMES)('has no optional key in %s, which would change the digests of its runs', (name) => {
    const { augment, ...profile } = resolveProfile(name, []);
    expect(Object.keys(augment)).toEqual(['crop', 'mirror', 'lighting', 'lightingDivisor']);
    expect(profile).not.toHaveProperty('earlyStop');
  });

  it('has the paper as the paper prints it', () => {
    const { optimizer, batchSize, epochs, schedule } = resolveProfile('paper', []);
    expect(optimizer).toEqual({
      kind: 'sgd',
      learningRate: 0.01,
      momentum: 0.9,
      weightDecay: 0.0005,
      bias: { rate: 1, decay: true },
    });
    expect([batchSize, epochs, schedule.kind]).toEqual([128, 90, 'plateau']);
  });

  it('applies assignments in order, also to a whole branch, and leaves the profile as it was', () => {
    const profile = resolveProfile('paper', [
      'optimizer.learningRate=0.02',
      'augment.lighting=off',
      'optimizer.bias.rate=2',
      'schedule={"kind":"steps","factor":0.1,"at":[0.5]}',
      'schedule.factor=0.2',
    ]);
    expect(profile.optimizer.learningRate).toBe(0.02);
    expect(profile.augment.lighting).toBe('off');
    expect(profile.optimizer).toMatchObject({ bias: { rate: 2, decay: true } });
    expect(profile.schedule).toEqual({ kind: 'steps', factor: 0.2, at: [0.5] });
    expect(resolveProfile('paper', []).optimizer.learningRate).toBe(0.01);
  });

  it('switches the kind of a schedule or optimizer, and keeps the values of the keys that both kinds have', () => {
    const of = (...assignments: string[]) => resolveProfile('paper', assignments);
    expect(of('schedule.kind=cosine').schedule).toEqual({ kind: 'cosine', warmUp: 0 });
    expect(of('schedule.kind=cosine', 'schedule.warmUp=0.05').schedule).toEqual({
      kind: 'cosine',
      warmUp: 0.05,
    });
    expect(of('schedule={"kind":"cosine","warmUp":0.05}').schedule).toEqual({ kind: 'cosine', warmUp: 0.05 });
    expect(of('schedule.kind=constant').schedule).toEqual({ kind: 'constant' });
    expect(of('schedule.kind=steps', 'schedule.at=[0.5]').schedule).toEqual({
      kind: 'steps',
      factor: 0.1,
      at: [0.5],
    });
    expect(of('schedule.kind=plateau')).toEqual(of());
    expect(of('initialisation.kind=he').initialisation).toMatchObject({ kind: 'he', biases: { conv2: 1 } });
  });

  it.each([
    ['schedule.kind=cosin', 'schedule.kind', '"cosin"'],
    ['schedule.kind=steps', 'schedule.at', 'no value'],
    ['schedule={"kind":"cosine","warmUp":1}', 'schedule.warmUp', '1'],
  ])('refuses %s, naming the key', (assignment, key, actual) => {
    expect(() => resolveProfile('paper', [assignment])).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        expected: expect.stringContaining(key) as string,
        actual,
      }),
    );
  });

  it.each([
    ['optimiser.lr=1', 'optimizer.learningRate'],
    ['optimizer.learningRte=1', 'optimizer.learningRate'],
    ['batchsize=1', 'batchSize'],
    ['net.lrn.alfa=1', 'net.lrn.alpha'],
    ['shedule=1', 'schedule, with one of kind, factor, '],
    ['epochs.number=1', 'epochs?'],
    ['lr=1', 'optimizer.learningRate?'],
    ['learningRate=1', 'optimizer.learningRate?'],
    ['learning_rate=1', 'optimizer.learningRate?'],
    ['batch=1', 'batchSize?'],
    ['momentum=1', 'optimizer.momentum?'],
    ['training.lr=1', 'optimizer.learningRate?'],
    ['augment.mirorr=1', 'augment.mirror?'],
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
    ['sliceSize=100000000', 'sliceSize', '100000000'],
    ['epochs=4294967296', 'epochs', '4294967296'],
    ['initialisation.biases={"conv9":1}', 'initialisation.biases', '{"conv9":1}'],
    ['initialisation.stddevs.fc6=-1', 'initialisation.stddevs.fc6', '-1'],
    ['frozen=["conv9"]', 'frozen.0', '"conv9"'],
    ['net.outputs.conv3=off', 'net.outputs.conv3', '"off"'],
  ])('refuses the value of %s', (assignment, key, actual) => {
    expect(() => resolveProfile('paper', [assignment])).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        expected: expect.stringContaining(key) as string,
        actual,
      }),
    );
  });

  it('switches a trick off, and says so when it is then given a setting', () => {
    expect(resolveProfile('paper', ['net.lrn=off']).net.lrn).toBe('off');
    expect(() => resolveProfile('paper', ['net.lrn=off', 'net.lrn.alpha=1'])).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', actual: '"off"' }),
    );
    expect(resolveProfile('paper', ['net.lrn.alpha=0.5']).net.lrn).toMatchObject({ alpha: 0.5, beta: 0.75 });
  });

  it.each([
    ['net.input=40', 'pool: a window of 3 does not fit into'],
    ['net.outputs.conv2=255', 'conv2: 96 channels and 255 filters do not split into 2 groups'],
  ])('refuses %s, with which the layers do not fit together', (assignment, actual) => {
    expect(() => resolveProfile('paper', [assignment])).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        actual: expect.stringContaining(actual) as string,
      }),
    );
  });

  it('reads what was written before there were these switches', () => {
    const { net, ...rest } = JSON.parse(JSON.stringify(resolveProfile('paper', []))) as Profile;
    const initialisation = {
      kind: 'normal',
      stddev: 0.01,
      biasOnes: ['conv2', 'conv4', 'conv5', 'fc6', 'fc7'],
    };
    const older = {
      ...without(rest, 'frozen', 'rateFactors', 'inputMean'),
      net: {
        ...without(net, 'activation', 'pooling', 'input', 'outputs', 'conv1'),
        lrn: without(net.lrn as object, 'beforeActivation'),
      },
      optimizer: without(rest.optimizer, 'kind', 'bias'),
      augment: without(rest.augment, 'lightingDivisor'),
      initialisation,
    };
    expect(parseProfile(older)).toEqual({ ...rest, net });
    expect(ProfileSchema.parse(older)).toEqual({ ...rest, net });
  });

  it('refuses a key that belongs to the other kind of schedule, an unknown profile and a missing value', () => {
    const invalid = expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error;
    expect(() => resolveProfile('paper', ['schedule.at=[0.5]'])).toThrow(invalid);
    expect(() => resolveProfile('papper', [])).toThrow(NAMES.join(', '));
    expect(() => resolveProfile('paper', ['epochs'])).toThrow(invalid);
  });
});
