/**
 * `numericCell` for values that come by the thousand: a table over the reference's range says how many edges lie below a value's slot, so that only the few edges
 * inside the slot are compared. The same cell for every value, found without the mispredicted branches of a binary search.
 */
import type { NumericCells } from "./drift-bins.ts";

/** Five a percentile: a long tail leaves most edges in few slots, and each still has a handful. */
const SLOTS = 512;

export class GuidedCells {
  readonly #min: number;
  readonly #max: number;
  /** Slots a unit. 0 for a constant feature, or a range that a double cannot span: one slot then has all edges. */
  readonly #scale: number;
  /** How many edges lie below each slot; the last is the maximum's own. */
  readonly #below = new Uint8Array(SLOTS + 1);
  /** Ended by one that no value is above. */
  readonly #edges: Float64Array;

  constructor({ min, max, edges }: NumericCells) {
    const scale = SLOTS / (max - min);
    this.#min = min;
    this.#max = max;
    this.#scale = Number.isFinite(scale) ? scale : 0;
    this.#edges = Float64Array.from([...Array.from(edges), Infinity]);
    const slots = Array.from(edges, (edge) => this.#slotOf(edge));
    for (let slot = 0; slot <= SLOTS; slot++) this.#below[slot] = slots.filter((of) => of < slot).length;
  }

  /** What `numericCell(cells, value)` answers. */
  cellOf(value: number): number {
    if (value >= this.#min && value <= this.#max) {
      const edges = this.#edges;
      let count = this.#below[this.#slotOf(value)] as number;
      while ((edges[count] as number) < value) count++;
      return count + 1;
    }
    const edges = this.#edges.length - 1;
    return value < this.#min ? 0 : value > this.#max ? edges + 2 : edges + 3;
  }

  /** Adds one to `counts[offset + cell]` for every `step`th value from `from` on, `rows` of them. */
  count(data: ArrayLike<number>, from: number, step: number, rows: number, counts: Uint32Array, offset: number): void {
    for (let row = 0, at = from; row < rows; row++, at += step) {
      const cell = offset + this.cellOf(data[at] as number);
      counts[cell] = (counts[cell] as number) + 1;
    }
  }

  /**
   * Of a value in [min, max]. Multiplication and truncation keep order, so an edge in a lower slot than a value's is below the value, whatever was
   * rounded. NaN, which an infinite difference times 0 is, becomes 0.
   */
  #slotOf(value: number): number {
    return ((value - this.#min) * this.#scale) | 0;
  }
}
