/** How far a value is from its oracle. */

/** 0 for equal values, zeros included; a value that both underflow to nearly nothing counts as equal. */
export const relativeError = (value: number, oracle: number): number => {
  if (value === oracle || (Math.abs(value) < 1e-300 && Math.abs(oracle) < 1e-300)) return 0;
  return Math.abs(value - oracle) / Math.abs(oracle);
};
