/**
 * Where slices of batches lie in Redis between the worker that makes them and the trainer that consumes them: their
 * addresses, the places that are reserved for them with their leases, and the servers that share them.
 */
export { sliceJobId, SliceAddress, Views } from './slice-address.ts';
export type { SliceArrivals } from './arrivals.ts';
export { SLICE_LEASE_SECONDS } from './slice-server.ts';
export { SliceStore } from './slice-store.ts';
export type { SliceReader } from './slice-store.ts';
export { SLICES } from './permissions.ts';
