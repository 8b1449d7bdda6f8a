/** Numbers from a seed, the same on every machine and in every run. Not for secrets. */

export type Random = () => number;

/** Mulberry32 (T. Ettinger, public domain): uniform in [0, 1), period 2^32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return function nextRandom() {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
