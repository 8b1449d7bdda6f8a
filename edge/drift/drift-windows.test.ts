import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  categoricalCell,
  categoryCells,
  numericCell,
  type CategoricalReference,
  type NumericReference,
} from "../../contract/drift-bins.ts";
import { PREDICTION, type DriftReference } from "../../contract/drift-reference.ts";
import { windowLayout } from "../../contract/window-layout.ts";
import { HOUR_MS } from "../../contract/drift-window.ts";
import type { ManifestInput } from "../../contract/manifest.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { CellCounter } from "../../contract/cell-counter.ts";
import { DriftWindows } from "./drift-windows.ts";

const numeric = (edges: number[], min: number, max: number): NumericReference => ({
  kind: "numeric",
  min,
  max,
  edges,
  counts: Array.from({ length: edges.length + 4 }, () => 0),
});
const categorical = (categories: string[]): CategoricalReference => ({
  kind: "categorical",
  categories,
  counts: Array.from({ length: categories.length + 2 }, () => 0),
});

const input = (over: Partial<ManifestInput>): ManifestInput => ({
  name: "features",
  datatype: "FP32",
  shape: [-1, 3],
  features: ["a", "b", "c"],
  missing: "nan",
  ...over,
});

/** Counts of each feature by cell. */
function counted(
  inputs: ManifestInput[],
  reference: DriftReference,
  tensors: Tensor[],
  outputs: Tensor[],
  rows: number,
): Record<string, number[]> {
  const layout = windowLayout(inputs, reference);
  const counter = new CellCounter(layout, (place) =>
    place.kind === "input" ? (inputs.find(({ name }) => name === place.input) as ManifestInput).datatype : "FP32",
  );
  counter.count(tensors, outputs, rows);
  const { gains, rows: seen } = counter.drain();
  expect(seen).toBe(rows);
  const flat = Array.from({ length: layout.reduce((sum, { cells }) => sum + cells, 0) }, () => 0);
  for (let at = 0; at < gains.length; at += 2) flat[gains[at] as number] = gains[at + 1] as number;
  return Object.fromEntries(layout.map(({ name, offset, cells }) => [name, flat.slice(offset, offset + cells)]));
}

const reference = (features: DriftReference["features"], prediction?: NumericReference): DriftReference => ({
  rows: 1,
  source: "a test",
  features,
  keyFeatures: [],
  ...(prediction && { prediction: { output: "y", rows: 1, reference: prediction } }),
});

describe("counting into cells", () => {
  it("finds below, above, missing, each bin and the prediction, and passes over features without a reference", () => {
    const data = Float32Array.from([1, 0, 9, 2, 0, 9, 3, 0, 9, 4, 0, 9, NaN, 0, 9, 0, 0, 9]);
    const got = counted(
      [input({})],
      reference({ a: numeric([1, 2], 1, 3), c: numeric([], 9, 9) }, numeric([10], 5, 20)),
      [{ name: "features", datatype: "FP32", shape: [6, 3], data }],
      [{ name: "y", datatype: "FP32", shape: [6, 1], data: Float32Array.from([1, 5, 10, 11, 20, 21]) }],
      6,
    );
    expect(got).toEqual({ a: [1, 1, 1, 1, 1, 1], c: [0, 6, 0, 0], [PREDICTION]: [1, 2, 2, 1, 0] });
  });

  it("passes over an output that was not asked for or has more than one value a row", () => {
    const of = reference({ a: numeric([], 9, 9) }, numeric([10], 5, 20));
    const rows = [{ name: "features", datatype: "FP32" as const, shape: [2, 3], data: Float32Array.from([9, 0, 0, 9, 0, 0]) }];
    const twoARow = { name: "y", datatype: "FP32" as const, shape: [2, 2], data: Float32Array.from([5, 6, 7, 8]) };
    for (const outputs of [[], [twoARow]]) {
      expect(counted([input({})], of, rows, outputs, 2)).toEqual({ a: [0, 2, 0, 0], [PREDICTION]: [0, 0, 0, 0, 0] });
    }
  });

  it("puts a value into the cell that it has as a double, whatever float32 makes of it and of the edges", () => {
    // One decimal, as instruments write: 0.1 is above, 0.7 below its nearest float32.
    const tenths = fc.integer({ min: -999, max: 9999 }).map((value) => value / 10);
    fc.assert(
      fc.property(
        fc.uniqueArray(tenths, { minLength: 2, maxLength: 40 }),
        fc.array(tenths, { minLength: 1, maxLength: 200 }),
        (points, values) => {
          const sorted = points.toSorted((a, b) => a - b);
          const of = numeric(sorted.slice(0, -1), sorted[0] as number, sorted.at(-1) as number);
          const expected = of.counts.slice();
          for (const value of values) expected[numericCell(of, value)]!++;
          const one = input({ shape: [-1, 1], features: ["a"] });
          const data = Float32Array.from(values);
          const tensor: Tensor = { name: "features", datatype: "FP32", shape: [values.length, 1], data };
          expect(counted([one], reference({ a: of }), [tensor], [], values.length)).toEqual({ a: expected });
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });

  it("takes 64-bit integers, half floats, texts and numbers as categories", () => {
    const inputs = [
      input({ name: "wide", datatype: "INT64", shape: [-1], features: undefined } as never),
      input({ name: "half", datatype: "FP16", shape: [-1, 1], features: ["half"] }),
      input({ name: "text", datatype: "BYTES", shape: [-1, 1], features: ["text"] }),
      input({ name: "month", datatype: "INT32", shape: [-1, 1], features: ["month"] }),
    ];
    const words = ["north", "south", "west", "north"];
    const got = counted(
      inputs,
      reference({
        wide: numeric([5], 1, 10),
        half: numeric([0.1], 0, 0.3),
        text: categorical(["north", "south"]),
        month: categorical(["12", "1"]),
      }),
      [
        { name: "text", datatype: "BYTES", shape: [4, 1], data: words },
        { name: "wide", datatype: "INT64", shape: [4], data: BigInt64Array.from([0n, 5n, 6n, 10n]) },
        { name: "half", datatype: "FP16", shape: [4, 1], data: Float16Array.from([0.1, 0.2, 0.3, NaN]) },
        { name: "month", datatype: "INT32", shape: [4, 1], data: Int32Array.from([1, 12, 12, 7]) },
      ],
      [],
      4,
    );
    const cells = categoryCells(categorical(["north", "south"]));
    const texts = [0, 0, 0, 0];
    for (const word of words) texts[categoricalCell(cells, word)]!++;
    expect(got).toEqual({ wide: [1, 1, 2, 0, 0], half: [0, 1, 2, 0, 1], text: texts, month: [2, 1, 1, 0] });
  });
});

describe("windows of an isolate", () => {
  const layout = windowLayout([input({})], reference({ a: numeric([1], 0, 2) }));
  const version = () => ({
    model: "m",
    loaded: { version: "v1", manifestSha256: "a".repeat(64), cells: new CellCounter(layout, () => "FP32") },
  });
  const row = (value: number): Tensor[] => [
    { name: "features", datatype: "FP32", shape: [1, 3], data: Float32Array.from([value, 0, 0]) },
  ];

  it("keep the hours apart, and carry what was counted once", () => {
    const windows = new DriftWindows(() => "FRA");
    const v1 = version();
    windows.count(v1, row(1), [], 1, 5 * HOUR_MS - 1);
    windows.count(v1, row(2), [], 1, 5 * HOUR_MS);
    windows.count(v1, row(2), [], 1, 5 * HOUR_MS + 1);
    const key = { model: "m", version: "v1", manifest: "a".repeat(64), region: "FRA" };
    expect(windows.drain()).toEqual([
      { ...key, hour: 4, rows: 1, gains: [1, 1] },
      { ...key, hour: 5, rows: 2, gains: [2, 2] },
    ]);
    expect(windows.drain()).toEqual([]);
    windows.count(v1, row(1), [], 1, 5 * HOUR_MS + 2);
    expect(windows.drain()).toEqual([{ ...key, hour: 5, rows: 1, gains: [1, 1] }]);
  });

  it("cost nothing and say nothing for a version without a reference", () => {
    const windows = new DriftWindows(() => "FRA");
    windows.count({ model: "m", loaded: { ...version().loaded, cells: undefined } }, row(1), [], 1, 0);
    expect(windows.drain()).toEqual([]);
  });

  it("leave for the next flush what one may not carry", () => {
    const windows = new DriftWindows(() => "other");
    const v1 = version();
    for (let hour = 0; hour < 100; hour++) windows.count(v1, row(1), [], 1, hour * HOUR_MS);
    const [first, second] = [windows.drain(), windows.drain()];
    expect([...first, ...second].map(({ hour }) => hour)).toEqual(Array.from({ length: 100 }, (_, hour) => hour));
    expect(first.length).toBeLessThan(100);
  });
});
