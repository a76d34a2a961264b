/** From here on three-part reduction loses digits. */
export const REDUCE_THRESHOLD = 2 ** 29;

/** The bits of 4/π, 64 a word, the first word being its whole part. */
const FOUR_OVER_PI: readonly bigint[] = [
  0x0000000000000001n,
  0x45f306dc9c882a53n,
  0xf84eafa3ea69bb81n,
  0xb6c52b3278872083n,
  0xfca2c757bd778ac3n,
  0x6e48dc74849ba5c0n,
  0x0c925dd413a32439n,
  0xfc3bd63962534e7dn,
  0xd1046bea5d768909n,
  0xd338e04d68befc82n,
  0x7323ac7306a673e9n,
  0x3908bf177bf25076n,
  0x3ff12fffbc0b301fn,
  0xde5e2316b414da3en,
  0xda6cfd9e4f96136en,
  0x9e8c7ecd3cbfd45an,
  0xea4f758fd7cbe2f6n,
  0x7a0e73ef14a525d4n,
  0xd7f6bf623f1aba10n,
  0xac06608df8f6d757n,
];
const MASK = (1n << 64n) - 1n;
const view = new DataView(new ArrayBuffer(8));

/**
 * Payne–Hanek reduction of x ≥ 2^29 by π/4, as Go does it: x times the bits of 4/π that matter. Such arguments are rare, so BigInt is
 * fast enough here. Octant is made even.
 */
export function reduceLarge(x: number): { octant: number; rest: number } {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n) - 1023 - 52;
  const mantissa = (bits & ((1n << 52n) - 1n)) | (1n << 52n);
  const digit = Math.floor((exponent + 61) / 64);
  const shift = BigInt((exponent + 61) % 64);
  const word = (i: number): bigint => ((FOUR_OVER_PI[i] << shift) | (FOUR_OVER_PI[i + 1] >> (64n - shift))) & MASK;
  const high = (word(digit + 2) * mantissa) >> 64n;
  const product =
    ((((word(digit) * mantissa) & MASK) << 64n) + word(digit + 1) * mantissa + high) & ((MASK << 64n) | MASK);
  let octant = Number(product >> 125n);
  const fraction = (product << 3n) & ((MASK << 64n) | MASK);
  let rest = fractionToNumber(fraction >> 64n, product & MASK);
  if (octant % 2 === 1) {
    octant = (octant + 1) % 8;
    rest--;
  }
  return { octant, rest: rest * (Math.PI / 4) };
}

/** A fixed-point fraction as a number below 1, cut, not rounded. Go takes the low word as it was before the octant was shifted out. */
function fractionToNumber(high: bigint, low: bigint): number {
  const zeros = BigInt(64 - high.toString(2).length + (high === 0n ? 1 : 0));
  const shifted = ((high << (zeros + 1n)) | (low >> (64n - (zeros + 1n)))) & MASK;
  view.setBigUint64(0, (shifted >> 12n) | ((1023n - (zeros + 1n)) << 52n));
  return view.getFloat64(0);
}
