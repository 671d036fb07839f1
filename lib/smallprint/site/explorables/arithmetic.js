// The arithmetic of the explorables: the same formulas as smallprint.stats, and tested against it.

const Z = 1.959963984540054; // two-sided 95% quantile of the normal distribution

const clip = (value) => Math.min(1, Math.max(0, value));

// Wilson's score interval for k of n.
export function wilson(k, n) {
  const p = k / n;
  const scale = 1 + Z * Z / n;
  const centre = (p + Z * Z / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  return [k === 0 ? 0 : centre - half, k === n ? 1 : centre + half];
}

// True rate behind a reported one (Rogan and Gladen); NaN where it is not identifiable.
export function roganGladen(rate, sensitivity, specificity) {
  const youden = sensitivity + specificity - 1;
  return youden > 0 ? clip((rate + specificity - 1) / youden) : NaN;
}

// Interval of the true rate when the judge's errors are known: Wilson's limits, corrected.
export function roganGladenInterval(k, n, sensitivity, specificity) {
  return wilson(k, n).map((limit) => roganGladen(limit, sensitivity, specificity));
}

// Probability of at least so many positives among independent rollouts.
export function taskPass(rate, rollouts, atLeast) {
  if (rate === 0) return 0;
  if (rate === 1) return 1;
  let logTerm = rollouts * Math.log1p(-rate);
  let fewer = 0;
  for (let i = 0; i < atLeast; i += 1) {
    if (i > 0) logTerm += Math.log((rollouts - i + 1) / i) + Math.log(rate) - Math.log1p(-rate);
    fewer += Math.exp(logTerm);
  }
  return atLeast === 1 ? -Math.expm1(rollouts * Math.log1p(-rate)) : clip(1 - fewer);
}

// Probability of passing in at least one of several independent tasks of equal size.
export function anyPass(rate, rollouts, tasks, atLeast) {
  return -Math.expm1(tasks * Math.log1p(-taskPass(rate, rollouts, atLeast)));
}

// Performance gap recovered; NaN where teacher and ceiling are equal.
export function gapRecovered(weak, student, ceiling) {
  const gap = ceiling - weak;
  return Math.abs(gap) > 1e-12 ? (student - weak) / gap : NaN;
}

// Fieller's set for the gap recovered, accuracies from n independent items each.
export function gapRecoveredSet(weak, student, ceiling, n) {
  const [vw, vs, vc] = [weak, student, ceiling].map((p) => (p * (1 - p)) / (n - 1));
  return fieller(student - weak, ceiling - weak, vs + vw, vc + vw, vw);
}

// All ratios that a test at 5% does not reject: an interval, two rays or everything.
export function fieller(a, b, va, vb, covariance) {
  const z2 = Z * Z;
  const square = b * b - z2 * vb;
  const middle = a * b - z2 * covariance;
  const root = middle * middle - square * (a * a - z2 * va);
  if (square <= 0 && root <= 0) return { kind: "everything", low: -Infinity, high: Infinity };
  const ends = [-1, 1].map((sign) => (middle + sign * Math.sqrt(Math.max(0, root))) / square);
  const [low, high] = ends.sort((one, other) => one - other);
  return { kind: square > 0 ? "interval" : "two rays", low, high };
}
