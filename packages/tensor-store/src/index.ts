/**
 * Where slices of batches lie in Redis between the worker that makes them and the trainer that consumes them: their
 * addresses, the places that are reserved for them, and the leases of those.
 */
export { sliceJobId, SliceAddress, Views } from './slice-address.ts';
export { SLICE_LEASE_SECONDS, SliceStore } from './slice-store.ts';
export type { SliceArrivals, SliceReader } from './slice-store.ts';
export { SLICES } from './permissions.ts';
