/**
 * Neumaier's compensated sum in the order of operations of Prometheus: `value` is the running sum, `rest` what rounding
 * lost. A sum that becomes infinite forgets the rest.
 */
export class CompensatedSum {
  value = 0;
  rest = 0;

  set(value: number, rest: number): void {
    this.value = value;
    this.rest = rest;
  }

  add(x: number): void {
    const s = this.value;
    const t = s + x;
    if (t === Infinity || t === -Infinity) this.rest = 0;
    else if (Math.abs(s) >= Math.abs(x)) this.rest += s - t + x;
    else this.rest += x - t + s;
    this.value = t;
  }
}
