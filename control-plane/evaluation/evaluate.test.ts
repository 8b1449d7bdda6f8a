/** The pass over the rows: what each version is given of them. In the real child process, without a registry. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { node, port, writeModel } from "../../test/models/onnx-writer.ts";
import { SerialQueue } from "../serial-queue.ts";
import type { EvaluatedVersion, EvaluationJob } from "./evaluation-outcome.ts";
import { evaluateInChild } from "./run-evaluation.ts";
import type { EvaluationSpec } from "./spec.ts";

const folder = mkdtempSync(join(tmpdir(), "edgewise-evaluate-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** Predicts by one operator from one column. */
function predicting(operator: "Log" | "Abs", version: string, column: string): EvaluatedVersion {
  const artifactPath = join(folder, operator);
  const [x, y] = [port("x", "FP32", ["rows", 1]), port("y", "FP32", ["rows", 1])];
  writeFileSync(artifactPath, writeModel({ inputs: [x], outputs: [y], nodes: [node(operator, ["x"], ["y"])] }));
  return {
    version,
    artifactPath,
    manifest: {
      inputs: [{ name: "x", datatype: "FP32", shape: [-1, 1], features: [column], missing: "refused" }],
      outputs: [{ name: "y", datatype: "FP32", shape: [-1, 1] }],
    },
  };
}
const logarithmOf = (version: string, column: string): EvaluatedVersion => predicting("Log", version, column);

function setOf(text: string, rows: number, spec: EvaluationSpec): EvaluationJob["set"] {
  const path = join(folder, "set.csv");
  writeFileSync(path, text);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { name: "made", file: { path, format: "csv", isGzipped: false }, sha256, rows, spec };
}

it("versions that take other columns are each given their own, over many batches", async () => {
  const rows = Array.from({ length: 5000 }, (_, row) => ({ a: 1, b: (row % 90) + 1 }));
  const text = `b,a,w,y\n${rows.map(({ a, b }, row) => `${b},${a},${row % 7 === 0 ? "" : "text"},0\n`).join("")}`;
  const scored = await evaluateInChild(new SerialQueue(), {
    set: setOf(text, rows.length, { label: "y" }),
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

it("a prediction of production's that is no number leaves quality without evidence, one of the candidate's fairness too", async () => {
  const favourable = { kind: "threshold" as const, threshold: 0, direction: "at_least" as const };
  const set = setOf("x,y,site\n1,0,a\n-1,0,b\n", 2, { label: "y", group: { column: "site", privileged: "a", favourable } });
  const [absolute, logarithm] = [predicting("Abs", "v4", "x"), predicting("Log", "v3", "x")];
  const isMissing = { state: "missing", gap: { reason: "predictions_not_finite", version: "v3", rows: 1, firstRow: 2 } };
  const scored = async (candidate: EvaluatedVersion, production: EvaluatedVersion) => {
    const found = await evaluateInChild(new SerialQueue(), { set, candidate, production, seed: 1 });
    return found.ok && [found.value.quality, found.value.fairness];
  };
  expect(await scored(absolute, logarithm)).toMatchObject([isMissing, { state: "measured" }]);
  expect(await scored(logarithm, absolute)).toMatchObject([isMissing, isMissing]);
});
