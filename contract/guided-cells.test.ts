import fc from "fast-check";
import { expect, it } from "vitest";
import { numericCell } from "./drift-bins.ts";
import { GuidedCells } from "./guided-cells.ts";

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.double({ min: -1e-300, max: 1e-300, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }).map((share) => share ** 9 * 1e6),
);

it("finds the cell that a binary search finds, for any reference and any value", () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 101 }), fc.array(number, { maxLength: 50 }), (some, values) => {
      const ascending = [...new Set(some)].toSorted((a, b) => a - b);
      const cells = { min: ascending[0] as number, max: ascending.at(-1) as number, edges: ascending.slice(0, -1) };
      const guided = new GuidedCells(cells);
      const nextTo = ascending.flatMap((edge) => [edge, edge * (1 + 2 ** -52), edge * (1 - 2 ** -53), edge + 1e-9]);
      const asked = [...values, ...nextTo, NaN, Infinity, -Infinity, 0, -0, Number.MAX_VALUE, -Number.MAX_VALUE];
      const expected = new Uint32Array(7 + ascending.length + 3);
      for (const value of asked) {
        expect([value, guided.cellOf(value)]).toEqual([value, numericCell(cells, value)]);
        expected[7 + numericCell(cells, value)]!++;
      }
      // The same from the middle column of three, counted at an offset.
      const counts = new Uint32Array(expected.length);
      const table = Float64Array.from(asked.flatMap((value) => [0, value, 0]));
      guided.count(table, 1, 3, asked.length, counts, 7);
      expect(counts).toEqual(expected);
    }),
    { seed: 20261125, numRuns: 300 },
  );
});
