// The hash of slices and images, 16 bytes at a time. AssemblyScript.
// `src/xxh3-binary.ts` is what it compiles to; after a change run: npm run kernel packages/core/kernel/xxh3.as
//
// XXH3-128 with seed 0 and the default secret, of more than 240 bytes
// (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).

const PRIME32_1: u64 = 0x9e3779b1;
const PRIME32_2: u64 = 0x85ebca77;
const PRIME32_3: u64 = 0xc2b2ae3d;
const PRIME64_1: u64 = 0x9e3779b185ebca87;
const PRIME64_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME64_3: u64 = 0x165667b19e3779f9;
const PRIME64_4: u64 = 0x85ebca77c2b2ae63;
const PRIME64_5: u64 = 0x27d4eb2f165667c5;
const PRIME_MX1: u64 = 0x165667919e3779f9;

const SECRET = memory.data<u8>([
  0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
  0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
  0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
  0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
  0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
  0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
  0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
  0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
  0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
  0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
  0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
  0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
]);
const STRIPE: usize = 64;
const STRIPES: usize = 16;
const BLOCK: usize = STRIPE * STRIPES;
const SCRAMBLE_SECRET: usize = 128;
const LAST_STRIPE_SECRET: usize = 121;
const LOW_SECRET: usize = 11;
const HIGH_SECRET: usize = 117;

let acc0: v128, acc1: v128, acc2: v128, acc3: v128;

// @ts-ignore: a decorator of AssemblyScript
@inline
function mix(acc: v128, input: usize, secret: usize): v128 {
  const data = v128.load(input);
  const keyed = v128.xor(data, v128.load(secret));
  const low = v128.shuffle<u32>(keyed, keyed, 0, 2, 0, 2);
  const high = v128.shuffle<u32>(keyed, keyed, 1, 3, 1, 3);
  const product = i64x2.extmul_low_i32x4_u(low, high);
  const swapped = v128.shuffle<u64>(data, data, 1, 0);
  return v128.add<u64>(acc, v128.add<u64>(product, swapped));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function scramble(acc: v128, secret: usize): v128 {
  const mixed = v128.xor(v128.xor(acc, v128.shr<u64>(acc, 47)), v128.load(secret));
  const prime = v128.splat<u32>(<u32>PRIME32_1);
  const low = i64x2.extmul_low_i32x4_u(v128.shuffle<u32>(mixed, mixed, 0, 2, 0, 2), prime);
  const high = i64x2.extmul_low_i32x4_u(v128.shuffle<u32>(mixed, mixed, 1, 3, 1, 3), prime);
  return v128.add<u64>(low, v128.shl<u64>(high, 32));
}

function multiplyFold(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const lowLow = aLow * bLow;
  const cross = (lowLow >> 32) + ((aHigh * bLow) & 0xffffffff) + aLow * bHigh;
  const upper = ((aHigh * bLow) >> 32) + (cross >> 32) + aHigh * bHigh;
  return upper ^ ((cross << 32) | (lowLow & 0xffffffff));
}

function merge(secret: usize, start: u64): u64 {
  let sum = start;
  sum += multiplyFold(
    v128.extract_lane<u64>(acc0, 0) ^ load<u64>(secret),
    v128.extract_lane<u64>(acc0, 1) ^ load<u64>(secret + 8),
  );
  sum += multiplyFold(
    v128.extract_lane<u64>(acc1, 0) ^ load<u64>(secret + 16),
    v128.extract_lane<u64>(acc1, 1) ^ load<u64>(secret + 24),
  );
  sum += multiplyFold(
    v128.extract_lane<u64>(acc2, 0) ^ load<u64>(secret + 32),
    v128.extract_lane<u64>(acc2, 1) ^ load<u64>(secret + 40),
  );
  sum += multiplyFold(
    v128.extract_lane<u64>(acc3, 0) ^ load<u64>(secret + 48),
    v128.extract_lane<u64>(acc3, 1) ^ load<u64>(secret + 56),
  );
  sum = (sum ^ (sum >> 37)) * PRIME_MX1;
  return sum ^ (sum >> 32);
}

/** Writes the digest of `length` bytes, more than 240, to `target`: 16 bytes, big-endian as it is printed. */
export function xxh128(input: usize, length: usize, target: usize): void {
  let a = v128.replace_lane<u64>(v128.splat<u64>(PRIME32_3), 1, PRIME64_1);
  let b = v128.replace_lane<u64>(v128.splat<u64>(PRIME64_2), 1, PRIME64_3);
  let c = v128.replace_lane<u64>(v128.splat<u64>(PRIME64_4), 1, PRIME32_2);
  let d = v128.replace_lane<u64>(v128.splat<u64>(PRIME64_5), 1, PRIME32_1);
  const last = input + length - 1;
  let at = input;
  for (;;) {
    const whole = last - at >= BLOCK;
    const stripes = whole ? STRIPES : (last - at) / STRIPE;
    for (let stripe: usize = 0; stripe < stripes; stripe++, at += STRIPE) {
      const secret = SECRET + stripe * 8;
      a = mix(a, at, secret);
      b = mix(b, at + 16, secret + 16);
      c = mix(c, at + 32, secret + 32);
      d = mix(d, at + 48, secret + 48);
    }
    if (!whole) break;
    a = scramble(a, SECRET + SCRAMBLE_SECRET);
    b = scramble(b, SECRET + SCRAMBLE_SECRET + 16);
    c = scramble(c, SECRET + SCRAMBLE_SECRET + 32);
    d = scramble(d, SECRET + SCRAMBLE_SECRET + 48);
  }
  at = input + length - STRIPE;
  acc0 = mix(a, at, SECRET + LAST_STRIPE_SECRET);
  acc1 = mix(b, at + 16, SECRET + LAST_STRIPE_SECRET + 16);
  acc2 = mix(c, at + 32, SECRET + LAST_STRIPE_SECRET + 32);
  acc3 = mix(d, at + 48, SECRET + LAST_STRIPE_SECRET + 48);
  const high = merge(SECRET + HIGH_SECRET, ~(<u64>length * PRIME64_2));
  const low = merge(SECRET + LOW_SECRET, <u64>length * PRIME64_1);
  store<u64>(target, bswap<u64>(high));
  store<u64>(target + 8, bswap<u64>(low));
}
