// The inner loop of looking for near copies: which perceptual hashes of two lists differ in few bits. AssemblyScript.
// `src/near-binary.ts` is what it compiles to; after a change run: node infra/kernel.mjs packages/datasets/kernel/near.as

/** Bytes of a hash. */
const HASH: usize = 32;

/**
 * Finds, for each query and for each target, the nearest one of the other list. Of equally near ones the first counts.
 * @param queries hashes, one after the other; @param first number of the first query
 * @param targets hashes, likewise
 * @param coarse bits in which the first 16 bytes may differ, at most; @param most likewise, all bytes
 * @param queryBest uint32 [count, 2]: one more than the distance, or 0 where nothing was found yet, and the number of
 *   the target; @param targetBest likewise of each target, with the number of the query
 */
export function nearest(
  queries: usize,
  first: u32,
  count: usize,
  targets: usize,
  targetCount: usize,
  coarse: i32,
  most: i32,
  queryBest: usize,
  targetBest: usize,
): void {
  const targetsEnd = targets + targetCount * HASH;
  for (let i: usize = 0; i < count; i++) {
    const query = queries + i * HASH;
    const a = load<i64>(query);
    const b = load<i64>(query, 8);
    const best = queryBest + i * 8;
    for (let target = targets; target < targetsEnd; target += HASH) {
      let distance = popcnt(a ^ load<i64>(target)) + popcnt(b ^ load<i64>(target, 8));
      if (distance > <i64>coarse) continue;
      distance += popcnt(load<i64>(query, 16) ^ load<i64>(target, 16));
      distance += popcnt(load<i64>(query, 24) ^ load<i64>(target, 24));
      if (distance > <i64>most) continue;
      const place = (target - targets) / HASH;
      if (<u32>distance < load<u32>(best) - 1) {
        store<u32>(best, <u32>distance + 1);
        store<u32>(best, <u32>place, 4);
      }
      const other = targetBest + place * 8;
      if (<u32>distance < load<u32>(other) - 1) {
        store<u32>(other, <u32>distance + 1);
        store<u32>(other, first + <u32>i, 4);
      }
    }
  }
}
