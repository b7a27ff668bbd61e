import { expect, it } from 'vitest';
import { byPreference } from './preference.ts';

const ranked = <T>(servers: T[]): T[][] =>
  Array.from({ length: 300 }, (_, i) => byPreference(servers, { batch: Math.floor(i / 4), slice: i % 4 }));

it('prefers the only server there is', () => {
  expect(ranked(['a']).every((order) => order.join() === 'a')).toBe(true);
});

it.each([[['a', 'b']], [['a', 'b', 'c']], [['a', 'b', 'c', 'd', 'e']]])(
  'names each of %j once',
  (servers) => {
    for (const order of ranked(servers)) expect(order.toSorted()).toEqual(servers);
  },
);

it.each([0, 1, 2])(
  'spreads slices evenly over three servers, and over two when server %i is away',
  (away) => {
    const servers = [0, 1, 2];
    const count = (up: number[]): number[] => {
      const firsts = ranked(servers).map((order) => order.find((server) => up.includes(server)));
      return up.map((server) => firsts.filter((first) => first === server).length);
    };
    for (const share of count(servers)) expect(share).toBeCloseTo(100, -1.4);
    for (const share of count(servers.filter((server) => server !== away)))
      expect(share).toBeCloseTo(150, -1.4);
  },
);
