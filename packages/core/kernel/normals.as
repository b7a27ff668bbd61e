// Initial weights: standard normal numbers, 16 at a time. AssemblyScript.
// `src/normals-binary.ts` is what it compiles to; after a change run: npm run kernel packages/core/kernel/normals.as
//
// Philox 4x32-10 (Salmon et al., SC 2011) for four counters at once, then Box and Muller's transform in float64. The
// logarithm is that of FreeBSD's msun (e_log.c), which V8 has too; sine and cosine are its kernels (k_sin.c, k_cos.c) after
// a reduction that is exact enough for angles below 2π (e_rem_pio2.c, second iteration).

const MULTIPLIER_0: u32 = 0xd2511f53;
const MULTIPLIER_1: u32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS: u32 = 10;
/** Values of four Philox blocks. */
const GROUP: u32 = 16;

// @ts-ignore: a decorator of AssemblyScript
@inline
function all(value: f64): v128 {
  return f64x2.splat(value);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function times(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function plus(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function minus(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

/** The natural logarithm of two numbers above 0 that are not subnormal. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function log(x: v128): v128 {
  const high = i64x2.shr_u(x, 32);
  const fraction = v128.and(high, i64x2.splat(0x000fffff));
  const carry = v128.and(i64x2.add(fraction, i64x2.splat(0x95f64)), i64x2.splat(0x100000));
  const exponent = i64x2.add(
    i64x2.sub(i64x2.shr_u(high, 20), i64x2.splat(1023)),
    i64x2.shr_u(carry, 20),
  );
  // Between √½ and √2.
  const reducedHigh = v128.or(fraction, v128.xor(carry, i64x2.splat(0x3ff00000)));
  const reduced = v128.or(i64x2.shl(reducedHigh, 32), v128.and(x, i64x2.splat(0xffffffff)));
  const f = minus(reduced, all(1));
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<u32>(exponent, exponent, 0, 2, 0, 2));
  const kHigh = times(k, all(6.93147180369123816490e-1));
  const kLow = times(k, all(1.90821492927058770002e-10));

  const s = f64x2.div(f, plus(all(2), f));
  const z = times(s, s);
  const w = times(z, z);
  let even = plus(all(2.222219843214978396e-1), times(w, all(1.531383769920937332e-1)));
  even = times(w, plus(all(3.999999999940941908e-1), times(w, even)));
  let odd = plus(all(1.818357216161805012e-1), times(w, all(1.479819860511658591e-1)));
  odd = plus(all(2.857142874366239149e-1), times(w, odd));
  odd = times(z, plus(all(6.666666666666735130e-1), times(w, odd)));
  const r = plus(odd, even);
  const half = times(times(all(0.5), f), f);
  const withHalf = minus(kHigh, minus(minus(half, plus(times(s, plus(half, r)), kLow)), f));
  const without = minus(kHigh, minus(minus(times(s, minus(f, r)), kLow), f));
  const isMiddle = i64x2.gt_s(
    v128.or(
      i64x2.sub(fraction, i64x2.splat(0x6147a)),
      i64x2.sub(i64x2.splat(0x6b851), fraction),
    ),
    i64x2.splat(0),
  );
  const usual = v128.bitselect(withHalf, without, isMiddle);

  const isNear = i64x2.lt_s(
    v128.and(i64x2.add(fraction, i64x2.splat(2)), i64x2.splat(0x000fffff)),
    i64x2.splat(3),
  );
  // One in hundreds of thousands.
  if (!v128.any_true(isNear)) return usual;
  const nearR = times(times(f, f), minus(all(0.5), times(all(0.33333333333333333), f)));
  const near = minus(kHigh, minus(minus(nearR, kLow), f));
  return v128.bitselect(near, usual, isNear);
}

let cosine: v128;
let sine: v128;

/** Sets `cosine` and `sine` to those of two angles between 0 and 2π. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function turn(angle: v128): void {
  // The sum has no bits for fractions: it is rounded, and its lowest bits are the quadrant.
  const quadrant = plus(times(angle, all(6.36619772367581382433e-1)), all(6755399441055744));
  const n = minus(quadrant, all(6755399441055744));
  const t = minus(angle, times(n, all(1.57079632673412561417)));
  const second = times(n, all(6.07710050630396597660e-11));
  const rest = minus(t, second);
  const low = minus(times(n, all(2.02226624879595063154e-21)), minus(minus(t, rest), second));
  const x = minus(rest, low);
  const y = minus(minus(rest, x), low);

  const z = times(x, x);
  const v = times(z, x);
  let p = plus(all(-2.50507602534068634195e-8), times(z, all(1.58969099521155010221e-10)));
  p = plus(all(2.75573137070700676789e-6), times(z, p));
  p = plus(all(-1.98412698298579493134e-4), times(z, p));
  p = plus(all(8.33333333332248946124e-3), times(z, p));
  const correction = minus(times(z, minus(times(all(0.5), y), times(v, p))), y);
  const s = minus(x, minus(correction, times(v, all(-1.66666666666666324348e-1))));

  let q = plus(all(2.08757232129817482790e-9), times(z, all(-1.13596475577881948265e-11)));
  q = plus(all(-2.75573143513906633035e-7), times(z, q));
  q = plus(all(2.48015872894767294178e-5), times(z, q));
  q = plus(all(-1.38888888888741095749e-3), times(z, q));
  q = times(z, plus(all(4.16666666666666019037e-2), times(z, q)));
  const half = times(all(0.5), z);
  const w = minus(all(1), half);
  const c = plus(w, plus(minus(minus(all(1), w), half), minus(times(z, q), times(x, y))));

  const isOdd = i64x2.eq(v128.and(quadrant, i64x2.splat(1)), i64x2.splat(1));
  const cosineSign = i64x2.shl(v128.and(i64x2.add(quadrant, i64x2.splat(1)), i64x2.splat(2)), 62);
  const sineSign = i64x2.shl(v128.and(quadrant, i64x2.splat(2)), 62);
  cosine = v128.xor(v128.bitselect(s, c, isOdd), cosineSign);
  sine = v128.xor(v128.bitselect(c, s, isOdd), sineSign);
}

/** Two pairs of normals from the low two words of `radii` and `angles`: (cosine, sine, cosine, sine), as float32. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function pairs(radii: v128, angles: v128, deviation: v128): v128 {
  const scale = all(1.0 / 4294967296.0);
  const uniform = times(plus(f64x2.convert_low_i32x4_u(radii), all(1)), scale);
  const radius = f64x2.sqrt(times(all(-2), log(uniform)));
  turn(times(all(6.283185307179586), times(f64x2.convert_low_i32x4_u(angles), scale)));
  const first = f32x4.demote_f64x2_zero(times(deviation, times(radius, cosine)));
  const second = f32x4.demote_f64x2_zero(times(deviation, times(radius, sine)));
  return v128.shuffle<u32>(first, second, 0, 4, 1, 5);
}

/**
 * Writes normals times `stddev` as float32: the same as RandomStream.normal() gives, from block `first` of its key on.
 * @param groups of 16 values
 */
export function normals(
  target: usize,
  groups: u32,
  stddev: f64,
  seed: u32,
  purpose: u32,
  a: u32,
  b: u32,
  first: u32,
): void {
  const deviation = all(stddev);
  const multiplier0 = i32x4.splat(MULTIPLIER_0);
  const multiplier1 = i32x4.splat(MULTIPLIER_1);
  const weyl0 = i32x4.splat(WEYL_0);
  const weyl1 = i32x4.splat(WEYL_1);
  for (let group: u32 = 0; group < groups; group++) {
    let c0 = i32x4.add(i32x4.splat(first + 4 * group), i32x4(0, 1, 2, 3));
    let c1 = i32x4.splat(0);
    let c2 = i32x4.splat(a);
    let c3 = i32x4.splat(b);
    let k0 = i32x4.splat(seed);
    let k1 = i32x4.splat(purpose);
    for (let round: u32 = 0; round < ROUNDS; round++) {
      const low0 = i64x2.extmul_low_i32x4_u(c0, multiplier0);
      const high0 = i64x2.extmul_high_i32x4_u(c0, multiplier0);
      const low1 = i64x2.extmul_low_i32x4_u(c2, multiplier1);
      const high1 = i64x2.extmul_high_i32x4_u(c2, multiplier1);
      c0 = v128.xor(v128.xor(v128.shuffle<u32>(low1, high1, 1, 3, 5, 7), c1), k0);
      c1 = v128.shuffle<u32>(low1, high1, 0, 2, 4, 6);
      c2 = v128.xor(v128.xor(v128.shuffle<u32>(low0, high0, 1, 3, 5, 7), c3), k1);
      c3 = v128.shuffle<u32>(low0, high0, 0, 2, 4, 6);
      k0 = i32x4.add(k0, weyl0);
      k1 = i32x4.add(k1, weyl1);
    }
    const at = target + 4 * GROUP * group;
    const front0 = pairs(c0, c1, deviation);
    const front1 = pairs(c2, c3, deviation);
    v128.store(at, v128.shuffle<u64>(front0, front1, 0, 2));
    v128.store(at, v128.shuffle<u64>(front0, front1, 1, 3), 16);
    const back0 = pairs(v128.shuffle<u64>(c0, c0, 1, 1), v128.shuffle<u64>(c1, c1, 1, 1), deviation);
    const back1 = pairs(v128.shuffle<u64>(c2, c2, 1, 1), v128.shuffle<u64>(c3, c3, 1, 1), deviation);
    v128.store(at, v128.shuffle<u64>(back0, back1, 0, 2), 32);
    v128.store(at, v128.shuffle<u64>(back0, back1, 1, 3), 48);
  }
}
