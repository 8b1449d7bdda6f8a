import { describe, expect, it } from "vitest";
import { DATATYPE_NAMES } from "../../contract/datatype.ts";
import { GOLDEN_ROWS_MAX } from "../../contract/limits.ts";
import type { ManifestInput } from "../../contract/manifest.ts";
import { recordToTensor } from "../../contract/tensor-bytes.ts";
import { exampleCandidates, exampleTensors, goldenRecord, madeUpCandidates, recordedBytes } from "./golden.ts";
import type { ModelInput } from "./model-interface.ts";

const columns = (missing: "nan" | "refused" = "refused"): ManifestInput => ({
  name: "x",
  datatype: "FP32",
  shape: [-1, 2],
  missing,
});
const rowsOf = (candidates: Iterable<{ shape: readonly number[] }[]>) => [...candidates].map(([tensor]) => tensor?.shape[0]);

describe("examples", () => {
  const examples = Array.from({ length: 100 }, (_, row) => [row, row === 13 || row === 57 ? null : row]);

  it("give 32 rows, then fewer", () => {
    expect(rowsOf(exampleCandidates(examples, [columns("nan")]))).toEqual([GOLDEN_ROWS_MAX, 16, 8, 4, 2, 1]);
    expect(rowsOf(exampleCandidates(examples.slice(0, 3), [columns("nan")]))).toEqual([3, 1]);
  });

  it("include the rows that miss a value, and rows from the beginning to the end", () => {
    const [largest] = exampleCandidates(examples, [columns("nan")]);
    const data = Array.from(largest?.[0]?.data as Float32Array);
    const firsts = data.filter((_, at) => at % 2 === 0);
    expect(firsts).toEqual(expect.arrayContaining([13, 57]));
    expect(data.filter(Number.isNaN)).toHaveLength(2);
    expect(firsts[0]).toBe(0);
    expect(Math.max(...firsts)).toBeGreaterThan(90);
    expect(new Set(firsts).size).toBe(GOLDEN_ROWS_MAX);
  });

  it("are taken whole where the model fixes the rows", () => {
    const fixed = { ...columns(), shape: [3, 2] };
    expect(
      rowsOf(
        exampleCandidates(
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          [fixed],
        ),
      ),
    ).toEqual([3]);
  });

  it("must be rows that /predict would take", () => {
    expect(exampleTensors([[1, 2], [3]], [columns()])).toMatchObject({ ok: false, failure: { reason: "examples_invalid" } });
    expect(exampleTensors([[1, null]], [columns()])).toMatchObject({ ok: false, failure: { reason: "examples_invalid" } });
    expect(exampleTensors([], [columns()])).toMatchObject({ ok: false, failure: { reason: "examples_invalid" } });
  });
});

describe("made-up rows", () => {
  const modelInput = (manifest: ManifestInput): ModelInput => ({
    manifest,
    axes: manifest.shape.map((length, axis) => (length === -1 ? `axis ${axis}` : undefined)),
  });

  it("are the same every time", () => {
    const [first] = madeUpCandidates([modelInput(columns("nan"))]);
    const [again] = madeUpCandidates([modelInput(columns("nan"))]);
    expect(first).toEqual(again);
  });

  it("miss values only where the manifest allows it", () => {
    const hasNaN = (missing: "nan" | "refused") => {
      const [first] = madeUpCandidates([modelInput(columns(missing))]);
      return Array.from(first?.[0]?.data as Float32Array).some(Number.isNaN);
    };
    expect(hasNaN("nan")).toBe(true);
    expect(hasNaN("refused")).toBe(false);
  });

  it.each(DATATYPE_NAMES)("differ from each other in %s", (datatype) => {
    const [first] = madeUpCandidates([modelInput({ name: "x", datatype, shape: [-1], missing: "refused" })]);
    expect(first?.[0]).toMatchObject({ datatype, shape: [GOLDEN_ROWS_MAX] });
    expect(new Set(first?.[0]?.data as Iterable<unknown>).size).toBeGreaterThan(1);
  });

  it("are never more than a request may carry", () => {
    const rows = rowsOf(madeUpCandidates([modelInput({ ...columns(), shape: [-1, 300_000] })]));
    expect(rows).toEqual([2, 1]);
  });

  it("try several lengths of other free axes, and of those only", () => {
    const shapes = [...madeUpCandidates([modelInput({ ...columns(), shape: [-1, -1] })])].map(([tensor]) => tensor?.shape[1]);
    expect([...new Set(shapes)]).toEqual([8, 32, 64, 224, 1]);
    expect(rowsOf(madeUpCandidates([modelInput({ ...columns(), shape: [1, 2] })]))).toEqual([1]);
  });
});

describe("the record", () => {
  it("holds the tensors exactly, and says its size", () => {
    const inputs = [{ name: "x", datatype: "FP32" as const, shape: [2], data: Float32Array.of(0.1, NaN) }];
    const golden = goldenRecord({ inputs, outputs: [] });
    expect(golden.inputs.map(recordToTensor)).toEqual(inputs);
    expect(recordedBytes(inputs)).toBe(12);
    expect(recordedBytes([{ name: "s", datatype: "BYTES", shape: [2], data: ["a", "Ω"] }])).toBe('"a","Ω",'.length + 1);
  });
});
