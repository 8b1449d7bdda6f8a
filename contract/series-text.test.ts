import fc from "fast-check";
import { expect, it } from "vitest";
import { bucketLabel, parseSeriesText, seriesText } from "./series-text.ts";

it("sorts labels and escapes what would end a value", () => {
  expect(seriesText("m", { b: 'q"\\', a: "x\ny" })).toBe('m{a="x\\ny",b="q\\"\\\\"}');
  expect(seriesText("m", {})).toBe("m");
});

it("reads back every series that it can write", () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,10}$/);
  const value = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(name, fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true }), (metric, labels) => {
      expect(parseSeriesText(seriesText(metric, labels))).toEqual({ name: metric, labels });
    }),
    { seed: 20261123, numRuns: 1_000 },
  );
});

it.each([
  "",
  "1m",
  "m{",
  "m{}",
  "m{a}",
  'm{a="1"',
  'm{a="1",}',
  'm{a="1" b="2"}',
  'm{a="1",a="2"}',
  'm{a="1"} 5\nup',
  'm{a="1\n2"}',
  'm{a="\\x"}',
  'm{a="\uD800"}',
])("reads no series in %j", (text) => {
  expect(parseSeriesText(text)).toBeUndefined();
});

it("writes a bound as OpenMetrics does", () => {
  expect([0.001, 0.1, 1, 2.5, 30, Infinity].map(bucketLabel)).toEqual(["0.001", "0.1", "1.0", "2.5", "30.0", "+Inf"]);
});
