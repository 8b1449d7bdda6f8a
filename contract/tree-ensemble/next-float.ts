/** The neighbours of a float32: how "at most" and "at least" become "below" without a rounding. Source: IEEE 754, nextUp and nextDown. */

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The smallest float32 above a finite one; Infinity above the largest. */
export function floatAbove(value: number): number {
  // Both zeros: the bits of -0 are not those before the smallest positive number.
  if (value === 0) return 2 ** -149;
  float[0] = value;
  bits[0] = (bits[0] as number) + (value > 0 ? 1 : -1);
  return float[0];
}

export const floatBelow = (value: number): number => -floatAbove(-value);
