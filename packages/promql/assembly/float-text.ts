// Float to shortest decimal text (Schubfach, after Raffaello Giulietti, 2020) and rows of a matrix as JSON text.
// The host owns the memory: it puts the table of powers at `setPowers`, values and masks where it likes, and reads the text.

let powers: usize = 0;

/** Place of 617 pairs (high, low) of u64: 10^k * 2^(127 - floor(log2(10^k))), rounded up, for k from -292 to 324. */
export function setPowers(at: usize): void {
  powers = at;
}

const MIN_POWER: i32 = -292;
const HIDDEN: u64 = 0x0010000000000000;
const FRACTION: u64 = 0x000fffffffffffff;

/** High word of the product. */
@inline
function mulHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const p00 = a0 * b0;
  const p01 = a0 * b1;
  const p10 = a1 * b0;
  const middle = (p00 >> 32) + (p01 & 0xffffffff) + (p10 & 0xffffffff);
  return a1 * b1 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
}

@inline
function roundToOdd(high: u64, low: u64, cp: u64): u64 {
  const x1 = mulHigh(low, cp);
  let y1 = mulHigh(high, cp);
  const y0 = high * cp;
  const sum = y0 + x1;
  if (sum < y0) y1++;
  return y1 | u64(sum > 1);
}

let digits: u64 = 0;
let exponent: i32 = 0;

/** The shortest digits and their power of ten for finite bits without sign, not zero. */
function shortest(bits: u64): void {
  const fraction = bits & FRACTION;
  const biased = i32(bits >> 52);
  let c: u64;
  let q: i32;
  if (biased != 0) {
    c = HIDDEN | fraction;
    q = biased - 1075;
  } else {
    c = fraction;
    q = -1074;
  }
  const even = (c & 1) == 0;
  const closer = fraction == 0 && biased > 1;
  const cbl = 4 * c - 2 + u64(closer);
  const cb = 4 * c;
  const cbr = 4 * c + 2;
  const k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
  const h = u64(q + ((-k * 1741647) >> 19) + 1);
  const at = powers + (usize(-k - MIN_POWER) << 4);
  const high = load<u64>(at);
  const low = load<u64>(at, 8);
  const vbl = roundToOdd(high, low, cbl << h);
  const vb = roundToOdd(high, low, cb << h);
  const vbr = roundToOdd(high, low, cbr << h);
  const lower = vbl + u64(!even);
  const upper = vbr - u64(!even);
  const s = vb >> 2;
  if (s >= 10) {
    const sp = s / 10;
    const upInside = lower <= 40 * sp;
    const wpInside = 40 * sp + 40 <= upper;
    if (upInside != wpInside) {
      digits = sp + u64(wpInside);
      exponent = k + 1;
      return;
    }
  }
  const uInside = lower <= 4 * s;
  const wInside = 4 * s + 4 <= upper;
  exponent = k;
  if (uInside != wInside) {
    digits = s + u64(wInside);
    return;
  }
  const middle = 4 * s + 2;
  digits = s + u64(vb > middle || (vb == middle && (s & 1) != 0));
}

@inline
function pair(at: usize, n: u32): void {
  const tens = (n * 205) >> 11;
  store<u16>(at, u16(0x3030 + tens + ((n - tens * 10) << 8)));
}

/** Exactly eight digits. */
@inline
function eight(at: usize, n: u32): void {
  const high = n / 10000;
  const low = n - high * 10000;
  const a = high / 100;
  const c = low / 100;
  pair(at, a);
  pair(at + 2, high - a * 100);
  pair(at + 4, c);
  pair(at + 6, low - c * 100);
}

@inline
function count32(n: u32): i32 {
  if (n < 10000) return n < 100 ? (n < 10 ? 1 : 2) : n < 1000 ? 3 : 4;
  if (n < 1000000) return n < 100000 ? 5 : 6;
  return n < 10000000 ? 7 : 8;
}

/** n < 10^8 with `length` digits. */
function few(at: usize, n: u32, length: i32): void {
  let end = at + length;
  while (n >= 100) {
    const rest = n / 100;
    end -= 2;
    pair(end, n - rest * 100);
    n = rest;
  }
  if (n >= 10) pair(end - 2, n);
  else store<u8>(end - 1, u8(48 + n));
}

/** Writes a whole number without leading zeros; returns how many digits. */
function integer(at: usize, n: u64): i32 {
  if (n < 100000000) {
    const length = count32(u32(n));
    few(at, u32(n), length);
    return length;
  }
  const high = n / 100000000;
  const low = u32(n - high * 100000000);
  if (high < 100000000) {
    const length = count32(u32(high));
    few(at, u32(high), length);
    eight(at + length, low);
    return length + 8;
  }
  const top = u32(high / 100000000);
  const length = count32(top);
  few(at, top, length);
  eight(at + length, u32(high - u64(top) * 100000000));
  eight(at + length + 8, low);
  return length + 16;
}

/** Moves the last `n` of the bytes before `end` one place up. */
@inline
function openGap(point: usize, n: i32): void {
  memory.copy(point + 1, point, usize(n));
}

/** `digits` * 10^`exponent` in plain or exponent form. */
function decimal(at: usize, mantissa: u64, power: i32): usize {
  while (mantissa % 10 == 0) {
    mantissa /= 10;
    power++;
  }
  const length = integer(at, mantissa);
  const point = length + power;
  if (point > 21 || point < -5) return scientific(at, length, point - 1);
  if (power >= 0) {
    for (let i = 0; i < power; i++) store<u8>(at + length + i, 48);
    return at + point;
  }
  if (point > 0) {
    openGap(at + point, length - point);
    store<u8>(at + point, 46);
    return at + length + 1;
  }
  const zeros = 2 - point;
  memory.copy(at + zeros, at, usize(length));
  for (let i = 0; i < zeros; i++) store<u8>(at + i, 48);
  store<u8>(at + 1, 46);
  return at + zeros + length;
}

function scientific(at: usize, length: i32, power: i32): usize {
  if (length > 1) {
    openGap(at + 1, length - 1);
    store<u8>(at + 1, 46);
    length++;
  }
  let to = at + length;
  store<u8>(to, 101);
  store<u8>(to + 1, power < 0 ? 45 : 43);
  to += 2;
  let n = u32(power < 0 ? -power : power);
  if (n >= 100) {
    store<u8>(to++, u8(48 + n / 100));
    n %= 100;
  }
  pair(to, n);
  return to + 2;
}

/** Text of the value with these bits; returns where it ends. Takes at most 32 bytes. */
function write(at: usize, bits: u64): usize {
  if ((bits & 0x7ff0000000000000) == 0x7ff0000000000000) {
    if ((bits & FRACTION) != 0) {
      store<u8>(at, 78);
      store<u8>(at + 1, 97);
      store<u8>(at + 2, 78);
      return at + 3;
    }
    // "+Inf" or "-Inf"
    store<u32>(at, bits >> 63 ? 0x666e492d : 0x666e492b);
    return at + 4;
  }
  if (bits >> 63) {
    store<u8>(at++, 45);
    bits &= 0x7fffffffffffffff;
  }
  if (bits == 0) {
    store<u8>(at, 48);
    return at + 1;
  }
  const value = reinterpret<f64>(bits);
  // Below 2^53 every number of so few digits is its own shortest form.
  if (value < 9007199254740992) {
    const whole = u64(value);
    if (f64(whole) == value) return at + integer(at, whole);
    if (value < 1e11) {
      const scaled = u64(value * 1e4 + 0.5);
      if (f64(scaled) / 1e4 == value) return decimal(at, scaled, -4);
    }
  }
  shortest(bits);
  return decimal(at, digits, exponent);
}

/** Text of the float at `from`; returns its length. */
export function floatText(from: usize, to: usize): i32 {
  return i32(write(to, load<u64>(from)) - to);
}

/** Bytes of a prepared time: its length, then `[seconds.millis,"`. */
const TIME_SLOT: usize = 32;

/** Prepares `n` times (ms, f64, whole numbers) of a row. */
export function prepareTimes(from: usize, to: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const ms = load<f64>(from + (usize(i) << 3));
    const slot = to + usize(i) * TIME_SLOT;
    let at = slot + 1;
    store<u8>(at++, 91);
    let abs = u64(ms < 0 ? -ms : ms);
    if (ms < 0) store<u8>(at++, 45);
    const seconds = abs / 1000;
    at += integer(at, seconds);
    abs -= seconds * 1000;
    if (abs != 0) {
      const n = u32(abs);
      store<u8>(at, 46);
      store<u8>(at + 1, u8(48 + n / 100));
      pair(at + 2, n % 100);
      at += 4;
    }
    store<u16>(at, 0x222c);
    store<u8>(slot, u8(at + 2 - slot - 1));
  }
}

/**
 * Writes `[time,"value"],` for each of `n` points whose byte in the mask is `wanted`; the last comma too. Returns the length: at most 64 bytes a
 * point.
 */
export function points(times: usize, values: usize, mask: usize, wanted: u32, to: usize, n: i32): i32 {
  let at = to;
  for (let i = 0; i < n; i++) {
    if (load<u8>(mask + i) != u8(wanted)) continue;
    const slot = times + usize(i) * TIME_SLOT;
    store<u64>(at, load<u64>(slot, 1));
    store<u64>(at, load<u64>(slot, 9), 8);
    store<u64>(at, load<u64>(slot, 17), 16);
    at = write(at + load<u8>(slot), load<u64>(values + (usize(i) << 3)));
    // `"],`
    store<u32>(at, 0x002c5d22);
    at += 3;
  }
  return i32(at - to);
}
