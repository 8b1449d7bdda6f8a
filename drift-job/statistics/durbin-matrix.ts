/**
 * P(D_n < d) of the one-sample Kolmogorov statistic, exactly, by Durbin's matrix.
 * G. Marsaglia, W. W. Tsang, J. Wang, "Evaluating Kolmogorov's distribution", Journal of Statistical Software 8 (2003) 18:
 * with d = (k − h) / n and the m × m matrix H, m = 2k − 1, the probability is n! / n^n · (H^n)[k, k].
 */

/** Powers are scaled by this whenever they grow past it, so that they stay within a double. */
const SCALE = 2 ** 128;

/** O(m³ log n), m about 2 · n · d. */
export function durbinMatrix(n: number, d: number): number {
  const k = Math.ceil(n * d);
  const size = 2 * k - 1;
  let base = { values: durbinSteps(k, k - n * d), exponent: 0 };
  let power = { values: identity(size), exponent: 0 };
  const centre = (k - 1) * size + (k - 1);
  for (let bits = n; bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) power = scaled(multiply(power.values, base.values, size), power.exponent + base.exponent, centre);
    if (bits > 1) base = scaled(multiply(base.values, base.values, size), 2 * base.exponent, centre);
  }
  let { exponent } = power;
  let probability = power.values[centre] as number;
  for (let factor = 1; factor <= n; factor++) {
    probability *= factor / n;
    if (probability < 1 / SCALE && probability > 0) {
      probability *= SCALE;
      exponent -= 1;
    }
  }
  return probability * SCALE ** exponent;
}

/** The matrix H of the paper. */
function durbinSteps(k: number, h: number): Float64Array {
  const size = 2 * k - 1;
  const inverseFactorial = [1];
  for (let j = 1; j <= size; j++) inverseFactorial.push((inverseFactorial[j - 1] as number) / j);
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= Math.min(row + 1, size - 1); column++) {
      matrix[row * size + column] = inverseFactorial[row - column + 1] as number;
    }
  }
  for (let at = 0; at < size; at++) {
    const entry = (1 - h ** (at + 1)) * (inverseFactorial[at + 1] as number);
    matrix[at * size] = entry;
    matrix[(size - 1) * size + (size - 1 - at)] = entry;
  }
  const corner = 1 - 2 * h ** size + Math.max(0, 2 * h - 1) ** size;
  matrix[(size - 1) * size] = corner * (inverseFactorial[size] as number);
  return matrix;
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let at = 0; at < size; at++) matrix[at * size + at] = 1;
  return matrix;
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = a[row * size + inner] as number;
      if (factor === 0) continue;
      for (let column = 0; column < size; column++) {
        (product[row * size + column] as number) += factor * (b[inner * size + column] as number);
      }
    }
  }
  return product;
}

function scaled(values: Float64Array, exponent: number, centre: number): { values: Float64Array; exponent: number } {
  if (Math.abs(values[centre] as number) <= SCALE) return { values, exponent };
  return { values: values.map((value) => value / SCALE), exponent: exponent + 1 };
}
