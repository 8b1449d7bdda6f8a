/**
 * Ascending sort of doubles by their bits: least significant digit first, digits that all values share skipped. Not a comparison sort:
 * O(n), −0 before +0, every NaN at one of the two ends (where a look at the first and last value finds it).
 */

/** Each digit lies within one 32-bit word, so that a pass reads one word per value. The last holds the sign. */
const DIGITS = [
  { word: 0, shift: 0, bits: 11 },
  { word: 0, shift: 11, bits: 11 },
  { word: 0, shift: 22, bits: 10 },
  { word: 1, shift: 0, bits: 11 },
  { word: 1, shift: 11, bits: 11 },
  { word: 1, shift: 22, bits: 10 },
] as const;
const BUCKETS = 2048;

/**
 * Sorts `values`, using `scratch` of at least the same length; returns whichever of the two holds the result, because each pass that is
 * not skipped moves everything to the other one.
 */
export function radixSort(values: Float64Array, scratch: Float64Array): Float64Array {
  const length = values.length;
  if (scratch.length < length) throw new RangeError(`the scratch holds ${scratch.length} values, ${length} are to be sorted`);
  const counts = countDigits(wordsOf(values), length);
  let from = values;
  let to = scratch.subarray(0, length);
  for (const [at, { word, shift, bits }] of DIGITS.entries()) {
    const buckets = counts.subarray(at * BUCKETS, at * BUCKETS + (1 << bits));
    const isLast = at === DIGITS.length - 1;
    if (isShared(buckets, wordsOf(from), word, shift, length, isLast)) continue;
    if (isLast) distributeBySign(from, to, buckets);
    else distribute(from, to, buckets, word, shift);
    [from, to] = [to, from];
  }
  return from;
}

/** Little-endian, as every platform of Node is: word 0 of a value is its low half. */
const wordsOf = (values: Float64Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);

/** How often each value of each digit occurs, all digits in one pass. */
function countDigits(words: Uint32Array, length: number): Uint32Array {
  const counts = new Uint32Array(DIGITS.length * BUCKETS);
  for (let at = 0; at < length; at++) {
    const low = words[2 * at] as number;
    const high = words[2 * at + 1] as number;
    (counts[low & 2047] as number)++;
    (counts[BUCKETS + ((low >>> 11) & 2047)] as number)++;
    (counts[2 * BUCKETS + (low >>> 22)] as number)++;
    (counts[3 * BUCKETS + (high & 2047)] as number)++;
    (counts[4 * BUCKETS + ((high >>> 11) & 2047)] as number)++;
    (counts[5 * BUCKETS + (high >>> 22)] as number)++;
  }
  return counts;
}

/** Whether the pass would change nothing. One bucket of negative values still has to be turned round. */
function isShared(
  buckets: Uint32Array,
  words: Uint32Array,
  word: number,
  shift: number,
  length: number,
  isLast: boolean,
): boolean {
  if (length === 0) return true;
  const bucket = ((words[word] as number) >>> shift) & (buckets.length - 1);
  return buckets[bucket] === length && !(isLast && bucket >= buckets.length / 2);
}

function distribute(from: Float64Array, to: Float64Array, buckets: Uint32Array, word: number, shift: number): void {
  let start = 0;
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    const count = buckets[bucket] as number;
    buckets[bucket] = start;
    start += count;
  }
  const words = wordsOf(from);
  const mask = buckets.length - 1;
  for (let at = 0; at < from.length; at++) {
    const bucket = ((words[2 * at + word] as number) >>> shift) & mask;
    const place = buckets[bucket] as number;
    buckets[bucket] = place + 1;
    to[place] = from[at] as number;
  }
}

/**
 * The last pass. As unsigned bits, negative values come after positive ones and the smallest last: their buckets are laid out from the
 * last to the first, and each is filled from its end.
 */
function distributeBySign(from: Float64Array, to: Float64Array, buckets: Uint32Array): void {
  const negative = buckets.length / 2;
  let start = 0;
  for (let bucket = buckets.length - 1; bucket >= negative; bucket--) {
    start += buckets[bucket] as number;
    buckets[bucket] = start;
  }
  for (let bucket = 0; bucket < negative; bucket++) {
    const count = buckets[bucket] as number;
    buckets[bucket] = start;
    start += count;
  }
  const words = wordsOf(from);
  for (let at = 0; at < from.length; at++) {
    const bucket = (words[2 * at + 1] as number) >>> 22;
    const place = buckets[bucket] as number;
    if (bucket >= negative) {
      buckets[bucket] = place - 1;
      to[place - 1] = from[at] as number;
    } else {
      buckets[bucket] = place + 1;
      to[place] = from[at] as number;
    }
  }
}
