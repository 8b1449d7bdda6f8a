import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binRows, findCuts, missingBin } from "./bins.ts";
import { sortedPresent } from "./sorted-present.ts";

const float = fc.oneof(fc.float({ noDefaultInfinity: true }), fc.constantFrom(0, -0, 1, 1.5, NaN));
const column = fc.array(float, { minLength: 1, maxLength: 300 }).map((values) => Float32Array.from(values));

describe("cuts and bins", () => {
  it("put a value below a bin exactly when it is below that bin's cut, missing values in a bin of their own", () => {
    fc.assert(
      fc.property(column, column, fc.integer({ min: 2, max: 20 }), (fitted, asked, maxBin) => {
        const cuts = findCuts({ columns: [new Float32Array([1, 2]), fitted] }, maxBin);
        const [values, offset] = [cuts.values[1] as Float32Array, cuts.offsets[1] as number];
        const hasMissing = fitted.some(Number.isNaN);
        expect(values.length).toBeLessThan(maxBin + Number(hasMissing));
        expect(values.at(-1) === Infinity).toBe(hasMissing);
        expect(values.every((cut, at) => at === 0 || cut > (values[at - 1] as number))).toBe(true);
        const { bins } = binRows({ columns: [new Float32Array(asked.length), asked], rows: asked.length }, cuts);
        for (const [row, value] of asked.entries()) {
          const bin = bins[2 * row + 1] as number;
          if (Number.isNaN(value)) expect(bin).toBe(missingBin(cuts, 1));
          else for (const [at, cut] of values.entries()) expect(bin < offset + at + 1).toBe(value < cut);
        }
      }),
    );
  });

  it("cut between all values where there are few, and into even parts where there are many", () => {
    expect(findCuts({ columns: [Float32Array.of(3, 1, NaN, 2, 1)] }, 255).values).toEqual([Float32Array.of(2, 3, Infinity)]);
    const many = Float32Array.from({ length: 10_000 }, (_, at) => (at * 7919) % 10_000);
    const [cuts] = findCuts({ columns: [many] }, 10).values;
    expect(cuts).toEqual(Float32Array.of(1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000));
    const skewed = Float32Array.from({ length: 10_000 }, (_, at) => (at < 9_000 ? 0 : at));
    expect(findCuts({ columns: [skewed] }, 10).values).toEqual([Float32Array.of(9000)]);
  });

  it("number past 65,536 bins in wider numbers", () => {
    const columns = Array.from({ length: 300 }, () => Float32Array.from({ length: 255 }, (_, at) => at));
    const cuts = findCuts({ columns }, 255);
    const { bins } = binRows({ columns, rows: 255 }, cuts);
    expect(bins).toBeInstanceOf(Uint32Array);
    expect(bins.at(-1)).toBe((cuts.offsets.at(-1) as number) - 2);
  });
});

describe("sorting by bits", () => {
  it("sorts as numbers sort, without NaN", () => {
    fc.assert(
      fc.property(column, (values) => {
        const expected = values.filter((value) => !Number.isNaN(value)).toSorted();
        expect(sortedPresent(values)).toEqual(expected);
      }),
    );
  });
});
