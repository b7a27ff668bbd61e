import type { SliceAddress } from './slice-address.ts';

/**
 * The servers in the order in which a slice goes to them: to the first one that is there. Neighbouring slices prefer
 * different servers, and those of a server that is away are spread over all others.
 */
export function byPreference<T>(
  servers: readonly T[],
  { batch, slice }: Pick<SliceAddress, 'batch' | 'slice'>,
): T[] {
  const rank = batch + slice;
  const first = rank % servers.length;
  const others = servers.toSpliced(first, 1);
  const next = others.length === 0 ? 0 : Math.floor(rank / servers.length) % others.length;
  return [...servers.slice(first, first + 1), ...others.slice(next), ...others.slice(0, next)];
}
