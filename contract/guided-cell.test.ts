import fc from "fast-check";
import { expect, it } from "vitest";
import { numericCell } from "./drift-bins.ts";
import { guidedCell } from "./guided-cell.ts";

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.double({ min: -1e-300, max: 1e-300 }),
  fc.double({ min: 0, max: 1, noNaN: true }).map((share) => share ** 9 * 1e6),
);

it("finds the cell that a binary search finds, for any reference and any value", () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 101 }), fc.array(number, { maxLength: 50 }), (some, values) => {
      const ascending = [...new Set(some)].toSorted((a, b) => a - b);
      const cells = { min: ascending[0] as number, max: ascending.at(-1) as number, edges: ascending.slice(0, -1) };
      const cellOf = guidedCell(cells);
      const nextTo = ascending.flatMap((edge) => [edge, edge * (1 + 2 ** -52), edge * (1 - 2 ** -53), edge + 1e-9]);
      for (const value of [...values, ...nextTo, NaN, Infinity, -Infinity, 0, -0]) {
        expect([value, cellOf(value)]).toEqual([value, numericCell(cells, value)]);
      }
    }),
    { seed: 20261125, numRuns: 300 },
  );
});
