import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeSample } from "./sample.fixture.ts";
import { countAtMost, countBelow, sortSample } from "./sorted-sample.ts";

describe("sortSample", () => {
  it("orders any finite doubles as the engine's own sort does, bit for bit", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 300 }), (values) => {
        const expected = Float64Array.from(values).toSorted();
        expect(Object.is(sortSample(Float64Array.from(values))[0], expected[0])).toBe(true);
        expect(sortSample(Float64Array.from(values))).toEqual(expected);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it.each(["uniform", "bell", "heavy", "ties", "integers", "zeros", "constant", "tiny", "huge"])(
    "orders 50,000 of %s",
    (shape) => {
      for (const shift of [0, -1000]) {
        const values = makeSample({ shape, seed: 77, size: 50_000, shift });
        expect(sortSample(values.slice())).toEqual(values.toSorted());
      }
    },
  );

  it("refuses what no statistic can take, wherever it stands", () => {
    expect(() => sortSample(new Float64Array())).toThrow("at least one value");
    for (const wrong of [Number.NaN, -Number.NaN, Infinity, -Infinity])
      expect(() => sortSample(Float64Array.of(3, -1, wrong, 5))).toThrow(`got ${wrong}`);
    const negativeNaN = Float64Array.of(3, 0, 1);
    new BigUint64Array(negativeNaN.buffer)[1] = 0xfff8000000000001n;
    expect(() => sortSample(negativeNaN)).toThrow("got NaN");
  });
});

describe("countAtMost and countBelow", () => {
  it("equal counting one by one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: -6, max: 6 }),
        (values, at) => {
          const sorted = sortSample(Float64Array.from(values));
          expect(countAtMost(sorted, at)).toBe(values.filter((value) => value <= at).length);
          expect(countBelow(sorted, at)).toBe(values.filter((value) => value < at).length);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});
