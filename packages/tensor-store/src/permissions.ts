import { TRIED_KEY as KEY, type RedisUse } from '@alexnet/redis';

/** What slices need of a Redis server. */
export const SLICES: RedisUse = {
  name: 'slices',
  keyPrefixes: ['alexnet:slice:', 'alexnet:slices-'],
  channelPrefix: 'alexnet:ready:',
  commands: [
    ['set', KEY, '1', 'EX', '60', 'NX'],
    ['expire', KEY, '60'],
    ['pexpire', KEY, '60000'],
    ['exists', KEY],
    ['strlen', KEY],
    ['get', KEY],
    ['unlink', KEY],
  ],
};
