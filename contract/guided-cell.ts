/**
 * `numericCell` for values that come by the thousand: a table over the reference's range says how many edges lie below a value's slot, so that only the few edges
 * inside the slot are compared. The same cell for every value, found without the mispredicted branches of a binary search.
 */
import { numericCell, type NumericCells } from "./drift-bins.ts";

/** Five a percentile: a long tail leaves most edges in few slots, and each still has a handful. */
const SLOTS = 512;

/** Answers what `numericCell(cells, value)` answers. */
export function guidedCell(cells: NumericCells): (value: number) => number {
  const { min, max } = cells;
  const scale = SLOTS / (max - min);
  // A constant feature, or a range that a double cannot span.
  if (!(Number.isFinite(scale) && scale > 0)) return (value) => numericCell(cells, value);
  // Multiplication and floor keep order, so an edge in a lower slot than a value's is below the value, whatever was rounded.
  const slotOf = (value: number): number => Math.min(SLOTS - 1, Math.floor((value - min) * scale));
  const edges = Float64Array.from([...Array.from(cells.edges), Infinity]);
  const below = new Uint8Array(SLOTS);
  for (let slot = 0; slot < SLOTS; slot++) below[slot] = Array.from(cells.edges).filter((edge) => slotOf(edge) < slot).length;
  const aboveCell = cells.edges.length + 2;
  const missingCell = cells.edges.length + 3;
  return function cellOf(value) {
    if (value < min) return 0;
    if (value > max) return aboveCell;
    if (value !== value) return missingCell;
    let count = below[slotOf(value)] as number;
    while ((edges[count] as number) < value) count++;
    return count + 1;
  };
}
