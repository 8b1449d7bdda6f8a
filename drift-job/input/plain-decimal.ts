/** Plain decimals (`-12.5`: digits, at most one point, no exponent) straight from bytes to doubles: most cells of most files, and no text is made of them. Pure. */

const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const NEWLINE = 10;
const RETURN = 13;
/** A whole number of so many digits, and this power of ten, are exact doubles: their quotient is the nearest double to the decimal, as `Number()` gives it. */
const EXACT_DIGITS_MAX = 15;
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS_MAX + 1 }, (_, exponent) => 10 ** exponent);

/**
 * Writes the decimal that begins at `at` into `values[place]`, and answers where it ends: at a delimiter or a line break, one of which must come. -1 where
 * the cell is anything else, and then nothing is written.
 *
 * @example
 * readPlainDecimal(Buffer.from("-2.5,7\n"), 0, 44, values, 0); // 4, and values[0] is -2.5
 */
export function readPlainDecimal(bytes: Uint8Array, at: number, delimiter: number, values: Float64Array, place: number): number {
  let end = at;
  let byte = bytes[end] as number;
  const isNegative = byte === MINUS;
  if (isNegative) byte = bytes[++end] as number;
  const firstDigit = end;
  let mantissa = 0;
  while (byte >= ZERO && byte <= NINE) {
    mantissa = mantissa * 10 + (byte - ZERO);
    byte = bytes[++end] as number;
  }
  let digits = end - firstDigit;
  let decimals = 0;
  if (byte === DOT) {
    const firstDecimal = end + 1;
    byte = bytes[++end] as number;
    while (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + (byte - ZERO);
      byte = bytes[++end] as number;
    }
    decimals = end - firstDecimal;
    digits += decimals;
  }
  if (digits === 0 || digits > EXACT_DIGITS_MAX) return -1;
  if (byte !== delimiter && byte !== NEWLINE && byte !== RETURN) return -1;
  const magnitude = decimals === 0 ? mantissa : mantissa / (POWERS_OF_TEN[decimals] as number);
  values[place] = isNegative ? -magnitude : magnitude;
  return end;
}
