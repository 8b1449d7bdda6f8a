/** The pass over the rows: what each version is given of them. In the real child process, without a registry. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { node, port, writeModel } from "../../test/models/onnx-writer.ts";
import { SerialQueue } from "../serial-queue.ts";
import type { EvaluatedVersion } from "./evaluation-outcome.ts";
import { evaluateInChild } from "./run-evaluation.ts";

const folder = mkdtempSync(join(tmpdir(), "edgewise-evaluate-"));
afterAll(() => rmSync(folder, { recursive: true }));
const artifactPath = join(folder, "logarithm.onnx");
writeFileSync(
  artifactPath,
  writeModel({
    inputs: [port("x", "FP32", ["rows", 1])],
    outputs: [port("y", "FP32", ["rows", 1])],
    nodes: [node("Log", ["x"], ["y"])],
  }),
);
/** Predicts the logarithm of one column. */
const logarithmOf = (version: string, column: string): EvaluatedVersion => ({
  version,
  artifactPath,
  manifest: {
    inputs: [{ name: "x", datatype: "FP32", shape: [-1, 1], features: [column], missing: "refused" }],
    outputs: [{ name: "y", datatype: "FP32", shape: [-1, 1] }],
  },
});

it("versions that take other columns are each given their own, over many batches", async () => {
  const rows = Array.from({ length: 5000 }, (_, row) => ({ a: 1, b: (row % 90) + 1 }));
  const text = `b,a,w,y\n${rows.map(({ a, b }, row) => `${b},${a},${row % 7 === 0 ? "" : "text"},0\n`).join("")}`;
  const path = join(folder, "set.csv");
  writeFileSync(path, text);
  const scored = await evaluateInChild(new SerialQueue(), {
    set: {
      name: "made",
      file: { path, format: "csv", isGzipped: false },
      sha256: createHash("sha256").update(text).digest("hex"),
      rows: rows.length,
      spec: { label: "y" },
    },
    candidate: logarithmOf("v2", "a"),
    production: logarithmOf("v1", "b"),
    seed: 1,
  });
  if (!scored.ok || scored.value.quality.state !== "measured") throw new Error(JSON.stringify(scored));
  const { candidate, production } = scored.value.quality.value;
  expect(candidate).toMatchObject({ rmse: 0, mae: 0 });
  expect(production?.mae).toBeCloseTo(rows.reduce((sum, { b }) => sum + Math.log(b), 0) / rows.length, 5);
  expect(scored.value.sampleRows).toEqual(Array.from({ length: 200 }, () => [1]));
});
