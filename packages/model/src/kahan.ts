let rest = 0;

/**
 * One step of Neumaier's compensated sum as Prometheus does it: gives the new sum; the new compensation is then in
 * `kahanRest()`. An infinite sum forgets its compensation.
 */
export function kahanInc(amount: number, sum: number, compensation: number): number {
  const t = sum + amount;
  if (t === Infinity || t === -Infinity) rest = 0;
  else if (Math.abs(sum) >= Math.abs(amount)) rest = compensation + (sum - t + amount);
  else rest = compensation + (amount - t + sum);
  return t;
}

/** The compensation that the last `kahanInc` left. */
export function kahanRest(): number {
  return rest;
}
