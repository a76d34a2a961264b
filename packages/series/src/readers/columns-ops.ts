import type { FloatHistogram, SampleColumns } from '@tsanos/model';

/** Appends samples `from` to `to` (exclusive) of `source` to `out`, bit for bit. */
export function appendRange(out: SampleColumns, source: SampleColumns, from: number, to: number): void {
  const n = to - from;
  if (n <= 0) return;
  out.reserve(n);
  out.t.set(source.t.subarray(from, to), out.n);
  out.v.set(source.v.subarray(from, to), out.n);
  if (source.st !== undefined || out.st !== undefined) {
    out.st ??= new Float64Array(out.t.length);
    if (source.st === undefined) out.st.fill(0, out.n, out.n + n);
    else out.st.set(source.st.subarray(from, to), out.n);
  }
  const { h } = source;
  if (h !== undefined) {
    for (let i = from; i < to; i++) {
      const histogram = h[i];
      if (histogram !== undefined) setHistogram(out, out.n + i - from, histogram);
    }
  }
  out.n += n;
}

/** Appends sample `i` of `source` to `out`, bit for bit. */
export function appendSample(out: SampleColumns, source: SampleColumns, i: number): void {
  out.reserve(1);
  const n = out.n++;
  out.t[n] = source.t[i];
  out.w[2 * n] = source.w[2 * i];
  out.w[2 * n + 1] = source.w[2 * i + 1];
  if (source.st !== undefined || out.st !== undefined) {
    out.st ??= new Float64Array(out.t.length);
    out.st[n] = source.st === undefined ? 0 : source.st[i];
  }
  const histogram = source.h?.[i];
  if (histogram !== undefined) setHistogram(out, n, histogram);
}

/** Makes sample `i` a histogram. */
export function setHistogram(out: SampleColumns, i: number, histogram: FloatHistogram): void {
  out.h ??= [];
  out.h[i] = histogram;
}

/** Drops the samples from index `from` on, and their histograms. */
export function truncate(out: SampleColumns, n: number): void {
  if (out.h !== undefined && out.h.length > n) out.h.length = n;
  out.n = n;
}

/** Drops the samples from index `from` on whose time is not above that of the one before `from`; `start` is the series' first. */
export function dropSeen(out: SampleColumns, from: number, start: number): void {
  if (from === start || from === out.n || out.t[from] > out.t[from - 1]) return;
  keepAscending(out, from, out.t[from - 1] + 1, Number.POSITIVE_INFINITY);
}

/**
 * Keeps, from index `from` on, the samples within [mint, maxt] whose time is above that of the kept one before. What
 * readers give ascends whatever the chunks held.
 */
export function keepAscending(out: SampleColumns, from: number, mint: number, maxt: number): void {
  const { t, n } = out;
  if (from === n) return;
  let good = t[from] >= mint && t[n - 1] <= maxt;
  for (let i = from + 1; good && i < n; i++) good = t[i] > t[i - 1];
  if (good) return;
  let last = Number.NEGATIVE_INFINITY;
  let keep = from;
  for (let i = from; i < n; i++) {
    const time = t[i];
    if (!(time > last && time >= mint && time <= maxt)) continue;
    last = time;
    if (keep !== i) moveSample(out, i, keep);
    keep++;
  }
  truncate(out, keep);
}

/** Copies sample `from` to place `to`, as words. */
function moveSample(out: SampleColumns, from: number, to: number): void {
  out.t[to] = out.t[from];
  out.w[2 * to] = out.w[2 * from];
  out.w[2 * to + 1] = out.w[2 * from + 1];
  if (out.st !== undefined) out.st[to] = out.st[from];
  if (out.h !== undefined) out.h[to] = out.h[from];
}
