import { expect, it } from 'vitest';
import { chooseProfile } from './choose-profile.ts';

it.each([
  ['ImageNet', 1_281_167, 256, 'paper'],
  ['a hundred thousand images', 100_000, 256, 'paper'],
  ['a folder of photographs', 504, 256, 'small'],
  ['CIFAR-10', 50_000, 32, 'modified'],
  ['Tiny ImageNet', 100_000, 64, 'modified'],
])('chooses for %s', (_, train, side, profile) => {
  expect(chooseProfile({ train, side }).profile).toBe(profile);
});

it('says why', () => {
  expect(chooseProfile({ train: 504, side: 256 }).reason).toBe(
    '504 train images are few: paper needs about a million',
  );
});
