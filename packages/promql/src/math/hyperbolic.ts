import { goLog } from '@tsanos/model';
import { goExp } from './exp.ts';
import { goLog1p } from './log1p.ts';

export function goSinh(x: number): number {
  const abs = Math.abs(x);
  let y: number;
  if (abs > 21) y = goExp(abs) * 0.5;
  else if (abs > 0.5) {
    const e = goExp(abs);
    y = (e - 1 / e) * 0.5;
  } else {
    const sq = abs * abs;
    y =
      (((-0.2630563213397497062819489e2 * sq + -0.2894211355989563807284660366e4) * sq +
        -0.8991272022039509355398013511e5) *
        sq +
        -0.6307673640497716991184787251e6) *
      abs;
    y /=
      ((sq + -0.173678953558233699533450911e3) * sq + 0.1521517378790019070696485176e5) * sq +
      -0.6307673640497716991212077277e6;
  }
  return x < 0 ? -y : Object.is(x, -0) ? x : y;
}

export function goCosh(x: number): number {
  const abs = Math.abs(x);
  const e = goExp(abs);
  return abs > 21 ? e * 0.5 : (e + 1 / e) * 0.5;
}

export function goTanh(x: number): number {
  const abs = Math.abs(x);
  if (abs > 0.5 * 8.8029691931113054295988e1) return x < 0 ? -1 : 1;
  if (abs >= 0.625) {
    const y = 1 - 2 / (goExp(2 * abs) + 1);
    return x < 0 ? -y : y;
  }
  if (x === 0) return x;
  const s = x * x;
  const p = (-9.64399179425052238628e-1 * s + -9.92877231001918586564e1) * s + -1.61468768441708447952e3;
  const q = ((s + 1.12811678491632931402e2) * s + 2.23548839060100448583e3) * s + 4.84406305325125486048e3;
  return x + (x * s * p) / q;
}

/** 2^28: from here on the root is x itself. */
const LARGE = 2 ** 28;
const LN2 = 6.93147180559945286227e-1;

export function goAsinh(x: number): number {
  if (!Number.isFinite(x)) return x;
  const abs = Math.abs(x);
  let y: number;
  if (abs > LARGE) y = goLog(abs) + LN2;
  else if (abs > 2) y = goLog(2 * abs + 1 / (Math.sqrt(abs * abs + 1) + abs));
  else if (abs < 1 / LARGE) y = abs;
  else y = goLog1p(abs + (abs * abs) / (1 + Math.sqrt(1 + abs * abs)));
  return x < 0 ? -y : Object.is(x, -0) ? x : y;
}

export function goAcosh(x: number): number {
  if (x < 1 || Number.isNaN(x)) return Number.NaN;
  if (x === 1) return 0;
  if (x >= LARGE) return goLog(x) + Math.LN2;
  if (x > 2) return goLog(2 * x - 1 / (x + Math.sqrt(x * x - 1)));
  const t = x - 1;
  return goLog1p(t + Math.sqrt(2 * t + t * t));
}

export function goAtanh(x: number): number {
  if (x < -1 || x > 1 || Number.isNaN(x)) return Number.NaN;
  if (x === 1) return Infinity;
  if (x === -1) return -Infinity;
  const abs = Math.abs(x);
  let y: number;
  if (abs < 1 / LARGE) y = abs;
  else if (abs < 0.5) {
    const t = abs + abs;
    y = 0.5 * goLog1p(t + (t * abs) / (1 - abs));
  } else y = 0.5 * goLog1p((abs + abs) / (1 - abs));
  return x < 0 ? -y : Object.is(x, -0) ? x : y;
}
