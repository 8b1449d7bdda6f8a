/**
 * Intervals for shares of requests: Wilson's score interval for one share, Newcombe's for the difference of two (R. G. Newcombe, "Interval estimation for the
 * difference between independent proportions", Statistics in Medicine 17 (1998), method 10). They hold for few requests and for none that failed. Pure.
 */

export interface Share {
  /** Requests that had the fault; 0 to `of`. */
  count: number;
  of: number;
}

export interface Interval {
  lower: number;
  upper: number;
}

/** One-sided 99.9 %: for an act that cannot be looked at first, and is considered again at every look. */
export const SURE = 3.090232;
/** One-sided 95 %: for going on after a whole step. */
export const CONFIDENT = 1.644854;

/** Undefined unless both are finite and 0 ≤ count ≤ of, of > 0: nothing follows from no requests. */
export function wilson({ count, of }: Share, z: number): Interval | undefined {
  if (!(of > 0 && count >= 0 && count <= of && Number.isFinite(of))) return undefined;
  const share = count / of;
  const centre = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return { lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}

/** The interval of share(a) − share(b). */
export function shareDifference(a: Share, b: Share, z: number): Interval | undefined {
  const [ofA, ofB] = [wilson(a, z), wilson(b, z)];
  if (ofA === undefined || ofB === undefined) return undefined;
  const [shareA, shareB] = [a.count / a.of, b.count / b.of];
  return {
    lower: shareA - shareB - Math.hypot(shareA - ofA.lower, ofB.upper - shareB),
    upper: shareA - shareB + Math.hypot(ofA.upper - shareA, shareB - ofB.lower),
  };
}
