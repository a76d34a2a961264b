import { reduceLarge, REDUCE_THRESHOLD } from './trig-reduce.ts';

// The Cephes library's sin.c and tan.c (Stephen L. Moshier), as Go has them.
const FOUR_OVER_PI = 1.27323954473516268615;
const PI4A = 7.85398125648498535156e-1;
const PI4B = 3.77489470793079817668e-8;
const PI4C = 2.69515142907905952645e-15;

/** Octant (0 to 7, made even) of the last `reduce`. */
let octant = 0;

/** The rest of a non-negative x in [-π/4, π/4]. */
function reduce(x: number): number {
  if (x >= REDUCE_THRESHOLD) {
    const large = reduceLarge(x);
    octant = large.octant;
    return large.rest;
  }
  let y = Math.floor(x * FOUR_OVER_PI);
  if (y % 2 === 1) y++;
  octant = y % 8;
  return x - y * PI4A - y * PI4B - y * PI4C;
}

function sinSeries(z: number): number {
  const zz = z * z;
  return (
    z +
    z *
      zz *
      (((((1.5896230157654656806e-10 * zz + -2.50507477628578072866e-8) * zz + 2.75573136213857245213e-6) * zz +
        -1.98412698295895385996e-4) *
        zz +
        8.33333333332211858878e-3) *
        zz +
        -1.66666666666666307295e-1)
  );
}

function cosSeries(z: number): number {
  const zz = z * z;
  return (
    1 -
    0.5 * zz +
    zz *
      zz *
      (((((-1.135853652138768173e-11 * zz + 2.08757008419747316778e-9) * zz + -2.75573141792967388112e-7) * zz +
        2.48015872888517045348e-5) *
        zz +
        -1.38888888888730564116e-3) *
        zz +
        4.16666666666665929218e-2)
  );
}

export function goSin(x: number): number {
  if (x === 0 || Number.isNaN(x)) return x;
  if (x === Infinity || x === -Infinity) return Number.NaN;
  const z = reduce(Math.abs(x));
  const y = octant === 2 || octant === 6 ? cosSeries(z) : sinSeries(z);
  return x < 0 !== octant > 3 ? -y : y;
}

export function goCos(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const z = reduce(Math.abs(x));
  const y = octant === 2 || octant === 6 ? sinSeries(z) : cosSeries(z);
  return octant === 2 || octant === 4 ? -y : y;
}

export function goTan(x: number): number {
  if (x === 0 || Number.isNaN(x)) return x;
  if (x === Infinity || x === -Infinity) return Number.NaN;
  const z = reduce(Math.abs(x));
  const zz = z * z;
  let y = z;
  if (zz > 1e-14) {
    const p = (-1.30936939181383777646e4 * zz + 1.1535166483858741614e6) * zz + -1.79565251976484877988e7;
    const q =
      (((zz + 1.36812963470692954678e4) * zz + -1.32089234440210967447e6) * zz + 2.50083801823357915839e7) * zz +
      -5.38695755929454629881e7;
    y = z + z * ((zz * p) / q);
  }
  if (octant === 2 || octant === 6) y = -1 / y;
  return x < 0 ? -y : y;
}

function atanSeries(x: number): number {
  let z = x * x;
  z =
    (z *
      ((((-8.750608600031904122785e-1 * z + -1.615753718733365076637e1) * z + -7.50085579231470466734e1) * z +
        -1.22886668449013617341e2) *
        z +
        -6.485021904942025371773e1)) /
    (((((z + 2.485846490142306297962e1) * z + 1.650270098316988542046e2) * z + 4.328810604912902668951e2) * z +
      4.853903996359136964868e2) *
      z +
      1.945506571482613964425e2);
  return x * z + x;
}

/** What π/2 lacks of its true value. */
const MORE_BITS = 6.12323399573676588613e-17;
const HALF_PI = Math.PI / 2;

function positiveAtan(x: number): number {
  if (x <= 0.66) return atanSeries(x);
  if (x > 2.4142135623730950488) return HALF_PI - atanSeries(1 / x) + MORE_BITS;
  return Math.PI / 4 + atanSeries((x - 1) / (x + 1)) + 0.5 * MORE_BITS;
}

export function goAtan(x: number): number {
  if (x === 0) return x;
  return x > 0 ? positiveAtan(x) : -positiveAtan(-x);
}

export function goAsin(x: number): number {
  if (x === 0) return x;
  const abs = Math.abs(x);
  if (abs > 1) return Number.NaN;
  const root = Math.sqrt(1 - abs * abs);
  const y = abs > 0.7 ? HALF_PI - positiveAtan(root / abs) : positiveAtan(abs / root);
  return x < 0 ? -y : y;
}

export function goAcos(x: number): number {
  return HALF_PI - goAsin(x);
}

export function goAtan2(y: number, x: number): number {
  if (Number.isNaN(y) || Number.isNaN(x)) return Number.NaN;
  const signed = (n: number): number => (y < 0 || Object.is(y, -0) ? -n : n);
  if (y === 0) return signed(x > 0 || Object.is(x, 0) ? 0 : Math.PI);
  if (x === 0) return signed(HALF_PI);
  const endless = y === Infinity || y === -Infinity;
  if (x === Infinity) return signed(endless ? Math.PI / 4 : 0);
  if (x === -Infinity) return signed(endless ? 2.356194490192345 : Math.PI);
  if (endless) return signed(HALF_PI);
  const q = goAtan(y / x);
  if (x < 0) return q <= 0 ? q + Math.PI : q - Math.PI;
  return q;
}
