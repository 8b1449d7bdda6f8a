/**
 * P(D_n < d) of the one-sample Kolmogorov statistic for large n: K0(z) + K1(z) / √n + K2(z) / n + K3(z) / n^1.5 with z = d √n.
 * W. Pelz, I. J. Good, "Approximating the lower tail-areas of the Kolmogorov-Smirnov one-sample statistic", JRSS B 38 (1976) 152–156, in
 * the form of R. Simard, P. L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", Journal of Statistical Software 39 (2011)
 * 11, equations (7) to (11).
 */

export function pelzGood(n: number, d: number): number {
  const z = d * Math.sqrt(n);
  const z2 = z * z;
  const z4 = z2 * z2;
  const z6 = z4 * z2;
  const z8 = z4 * z4;
  const pi2 = Math.PI ** 2;
  let k0 = 0;
  let k1 = 0;
  let k2 = 0;
  let k3 = 0;
  // Sums over all whole k are symmetric: half-integers and k ≥ 1 count twice. e^(−π²k²/2z²) is below 1e−17 of the first from here.
  const last = Math.ceil((3 * z * Math.SQRT2 * 2) / Math.PI) + 2;
  for (let k = 0; k <= last; k++) {
    const half = pi2 * (k + 0.5) ** 2;
    const weight = 2 * Math.exp(-half / (2 * z2));
    k0 += weight;
    k1 += weight * (half - z2);
    k2 += weight * (6 * z6 + 2 * z4 + half * (2 * z4 - 5 * z2) + half ** 2 * (1 - 2 * z2));
    k3 +=
      weight * (half ** 3 * (5 - 30 * z2) + half ** 2 * (-60 * z2 + 212 * z4) + half * (135 * z4 - 96 * z6) - 30 * z6 - 90 * z8);
  }
  let k2Whole = 0;
  let k3Whole = 0;
  for (let k = 1; k <= last; k++) {
    const whole = pi2 * k ** 2;
    const weight = 2 * Math.exp(-whole / (2 * z2));
    k2Whole += weight * whole;
    k3Whole += weight * whole * (3 * z2 - whole);
  }
  const root = Math.sqrt(Math.PI / 2);
  return (
    (root / z) * k0 +
    ((root / (6 * z4)) * k1) / Math.sqrt(n) +
    (root * (k2 / (72 * z4 * z2 * z) - k2Whole / (36 * z2 * z))) / n +
    (root * (k3 / (6480 * z8 * z2) + k3Whole / (216 * z6))) / n ** 1.5
  );
}
