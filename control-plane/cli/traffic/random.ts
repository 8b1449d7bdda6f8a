/**
 * Seeded randomness for made-up traffic: one seed replays one run. Not for secrets.
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, passes BigCrush.
 */

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** @example seededRandom(1)() // the same number on every machine */
export function seededRandom(seed: number): Random {
  let a = seed | 0;
  let b = (seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // Neighbouring seeds differ in few bits; the first outputs still show it.
  for (let round = 0; round < 20; round++) next();
  return next;
}

/** A draw from the standard normal distribution (Box and Muller, 1958). */
export function standardNormal(random: Random): number {
  // 1 − u is in (0, 1], so the logarithm is finite.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Time to the next arrival of a Poisson process with `ratePerSecond`. */
export function nextArrivalMs(random: Random, ratePerSecond: number): number {
  return (-Math.log(1 - random()) / ratePerSecond) * 1000;
}
