import { shownNotifyUrl } from '@alexnet/core';

/** Fields of jobs that hold an address of notifications. */
const ADDRESSES = ['notify', 'url'];

/** The data of a job as it may be shown: of the addresses of notifications only the part that is not secret. */
export function shownJobData(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const shown = Object.entries(data).map(([name, value]) => [
    name,
    ADDRESSES.includes(name) && typeof value === 'string' ? shownNotifyUrl(value) : (value as unknown),
  ]);
  return Object.fromEntries(shown);
}
