/** Evaluations in their real child process: real models, made sets. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { numericCell, type NumericReference } from "../../contract/drift-bins.ts";
import type { DriftReference } from "../../contract/drift-reference.ts";
import type { Manifest } from "../../contract/manifest.ts";
import { psiOfFeature } from "../../drift-job/statistics/psi.ts";
import { classifierModel, TEXT_LABELS } from "../../test/models/classifier.ts";
import { node, port, writeModel } from "../../test/models/onnx-writer.ts";
import { SerialQueue } from "../serial-queue.ts";
import type { VersionRow } from "../registry/versions.ts";
import { openSetFiles } from "./set-files.ts";
import type { EvaluationSetRow } from "./set-records.ts";
import type { EvaluationSpec } from "./spec.ts";
import { scoreVersions, type EvaluationTools } from "./run-evaluation.ts";

const folder = mkdtempSync(join(tmpdir(), "edgewise-evaluation-"));
afterAll(() => rmSync(folder, { recursive: true }));
const setFiles = openSetFiles(folder);
const tools: EvaluationTools = {
  setFiles,
  files: {
    artifactPath: (name) =>
      name.startsWith("pm25") ? new URL(`../../examples/pm25/${name}.onnx`, import.meta.url).pathname : join(folder, name),
  },
  evaluations: new SerialQueue(),
};
const { features, instances, predictions } = JSON.parse(
  readFileSync(new URL("../../examples/pm25/examples.json", import.meta.url), "utf8"),
) as { features: string[]; instances: (number | null)[][]; predictions: { v1: number[]; v2: number[] } };

type Interface = Pick<Manifest, "inputs" | "outputs" | "reference">;
const PM25: Interface = {
  inputs: [{ name: "features", datatype: "FP32", shape: [-1, 12], features, missing: "nan" }],
  outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 1] }],
};

/** A row of the registry as the evaluation reads it. */
function version(number: number, artifactSha256: string, { inputs, outputs, reference }: Interface): VersionRow {
  const artifact = { key: "k", sha256: "0".repeat(64), bytes: 1 };
  const golden = { inputs: [tensor()], outputs: [tensor()], tolerance: { absolute: 0, relative: 0 } };
  const manifest = { schema: 1, model: "m", version: `v${number}`, artifact, inputs, outputs, golden, baseline: {}, reference };
  return { model: "m", number, artifactSha256, manifestJson: JSON.stringify(manifest) } as VersionRow;
}
const tensor = () => ({ name: "t", shape: [1], datatype: "FP32", encoding: "base64", data: "AACAPw==" });

function set(text: string, spec: EvaluationSpec, more: Partial<EvaluationSetRow> = {}): EvaluationSetRow {
  const sha256 = createHash("sha256").update(text).digest("hex");
  writeFileSync(setFiles.setPath(sha256), text);
  return {
    name: "made",
    sha256,
    rows: text.split("\n").length - 2,
    spec,
    format: "csv",
    isGzipped: false,
    ...more,
  } as EvaluationSetRow;
}
const csv = (header: string[], rows: (string | number | null | undefined)[][]): string =>
  `${[header, ...rows].map((row) => row.map((cell) => cell ?? "").join(",")).join("\n")}\n`;
/** The labels are v2's own predictions, so that v2 has no error and v1's is known. */
const labelled = csv(
  [...features, "y", "site"],
  instances.map((row, at) => [...row, predictions.v2[at], at % 2 === 0 ? "a" : "b"]),
);
const [v1, v2] = [version(1, "pm25-v1", PM25), version(2, "pm25-v2", PM25)];

describe("a regressor", () => {
  it("is scored beside production on the same rows, missing values included", async () => {
    const scored = await scoreVersions(tools, { set: set(labelled, { label: "y" }), candidate: v2, production: v1 });
    const rmse = Math.sqrt(predictions.v1.reduce((sum, one, at) => sum + (one - (predictions.v2[at] as number)) ** 2, 0) / 32);
    if (!scored.ok || scored.value.quality.state !== "measured") throw new Error(JSON.stringify(scored));
    const { candidate, production, interval, rows } = scored.value.quality.value;
    expect(rows).toBe(32);
    expect(candidate.rmse).toBeLessThan(1e-3);
    expect(production?.rmse).toBeCloseTo(rmse, 3);
    expect(interval).toMatchObject({ metric: "rmse", resamples: 1000, blockRows: 1 });
    expect(scored.value.sampleRows).toEqual(instances);
    expect(scored.value.fairness).toMatchObject({ state: "missing", gap: { reason: "groups_absent" } });
  });

  it("has its favourable predictions counted by group, those at the threshold among them", async () => {
    const threshold = predictions.v2.toSorted((one, other) => one - other)[15] as number;
    const spec: EvaluationSpec = {
      label: "y",
      group: {
        column: "site",
        privileged: "a",
        favourable: { kind: "threshold", threshold: threshold + 1e-3, direction: "at_most" },
      },
    };
    const scored = await scoreVersions(tools, { set: set(labelled, spec), candidate: v2, production: undefined });
    if (!scored.ok || scored.value.fairness.state !== "measured") throw new Error(JSON.stringify(scored));
    const { groups } = scored.value.fairness.value;
    expect(groups.map(({ group, rows }) => [group, rows])).toEqual([
      ["a", 16],
      ["b", 16],
    ]);
    expect(groups.reduce((sum, { favourable }) => sum + favourable, 0)).toBe(16);
    expect(groups.every(({ metrics }) => (metrics?.rmse ?? 1) < 1e-3)).toBe(true);
  });
});

describe("a candidate's reference", () => {
  const reference = JSON.parse(
    readFileSync(new URL("../../examples/pm25/reference-v2.json", import.meta.url), "utf8"),
  ) as DriftReference;
  const withReference = { ...PM25, reference };
  const evidenceOf = async (candidate: VersionRow) => {
    const scored = await scoreVersions(tools, { set: set(labelled, { label: "y" }), candidate, production: v1 });
    if (!scored.ok) throw new Error(JSON.stringify(scored));
    return scored.value.drift;
  };

  it("has every row of the set counted into its cells, the missing values too, and PSI of each feature made of that", async () => {
    const drift = await evidenceOf(version(2, "pm25-v2", withReference));
    if (drift.state !== "measured") throw new Error(JSON.stringify(drift));
    expect(drift.value.rows).toBe(32);
    expect(drift.value.features.map(({ feature }) => feature)).toEqual(features);
    for (const [column, { feature, psi, referenceRows }] of drift.value.features.entries()) {
      const of = reference.features[feature] as NumericReference;
      const current = of.counts.map(() => 0);
      for (const row of instances) current[numericCell(of, row[column] ?? Number.NaN)]!++;
      expect(psi).toBe(psiOfFeature(of, current, 10, 1e-4).psi);
      expect(referenceRows).toBe(of.counts.reduce((sum, count) => sum + count, 0));
    }
  });

  it("that is absent is said to be", async () => {
    expect(await evidenceOf(v2)).toEqual({ state: "missing", gap: { reason: "reference_absent", version: "v2" } });
  });
});

describe("a classifier", () => {
  it("is scored by its probabilities", async () => {
    writeFileSync(join(folder, "classifier"), classifierModel({ labels: "texts", withZipMap: false }));
    const names = ["a", "b", "c", "d"];
    const candidate = version(1, "classifier", {
      inputs: [{ name: "float_input", datatype: "FP32", shape: [-1, 4], features: names, missing: "refused" }],
      outputs: [
        { name: "output_label", datatype: "BYTES", shape: [-1] },
        { name: "probabilities", datatype: "FP32", shape: [-1, 3], labels: [...TEXT_LABELS] },
      ],
    });
    const rows = Array.from({ length: 60 }, (_, row) => [row % 7, -row % 5, row % 3, row / 9, TEXT_LABELS[row % 3]]);
    const made = csv([...names, "truth"], rows);
    const byProbability = await scoreVersions(tools, { set: set(made, { label: "truth" }), candidate, production: undefined });
    const byLabel = await scoreVersions(tools, {
      set: set(made, { label: "truth", output: "output_label" }),
      candidate,
      production: undefined,
    });
    if (!byProbability.ok || byProbability.value.quality.state !== "measured") throw new Error(JSON.stringify(byProbability));
    if (!byLabel.ok || byLabel.value.quality.state !== "measured") throw new Error(JSON.stringify(byLabel));
    const { task, candidate: metrics } = byProbability.value.quality.value;
    expect(task).toBe("classification");
    expect(metrics.log_loss).toBeGreaterThan(0);
    expect(metrics.accuracy).toBe(byLabel.value.quality.value.candidate.accuracy);
    expect(byLabel.value.quality.value.candidate).not.toHaveProperty("log_loss");
  });
});

describe("what keeps a version from being scored", () => {
  const header = [...features, "y"];
  const ask = async (row: EvaluationSetRow, candidate = v2, production: VersionRow | "none" = v1) => {
    const scored = await scoreVersions(tools, {
      set: row,
      candidate,
      production: production === "none" ? undefined : production,
    });
    if (!scored.ok) return scored.failure;
    return scored.value.quality.state === "missing" ? scored.value.quality.gap : scored.value.quality;
  };
  const logarithm = writeModel({
    inputs: [port("x", "FP32", ["rows", 1])],
    outputs: [port("y", "FP32", ["rows", 1])],
    nodes: [node("Log", ["x"], ["y"])],
  });
  writeFileSync(join(folder, "logarithm"), logarithm);
  const LOG: Interface = {
    inputs: [{ name: "x", datatype: "FP32", shape: [-1, 1], features: ["x"], missing: "refused" }],
    outputs: [{ name: "y", datatype: "FP32", shape: [-1, 1] }],
  };
  const ofX = (rows: (string | number)[][]) => set(csv(["x", "y"], rows), { label: "y" });

  it("is a set without rows", async () => {
    expect(await ask(set(csv(header, []), { label: "y" }))).toEqual({ reason: "set_empty", set: "made" });
  });
  it("is a set without a label", async () => {
    const rows = instances.map((row, at) => [...row, at % 2 ? "NA" : ""]);
    expect(await ask(set(csv(header, rows), { label: "y" }))).toEqual({ reason: "labels_missing", set: "made", rows: 32 });
  });
  it("is a prediction that is no number, of either version, with the first row", async () => {
    const log = version(3, "logarithm", LOG);
    const rows = [
      [1, 0],
      [2, 1],
      [-1, 0],
      [-2, 0],
    ];
    expect(await ask(ofX(rows), log, "none")).toEqual({
      reason: "predictions_not_finite",
      version: "v3",
      rows: 2,
      firstRow: 3,
    });
    expect(
      await ask(
        ofX([
          [1, 0],
          [0, 0],
        ]),
        log,
        "none",
      ),
    ).toMatchObject({ reason: "predictions_not_finite", rows: 1, firstRow: 2 });
  });
  it("is a label that is a class where the version predicts numbers", async () => {
    const classes = csv(
      header,
      instances.map((row) => [...row, "good"]),
    );
    expect(await ask(set(classes, { label: "y" }))).toMatchObject({
      reason: "set_unreadable",
      detail: 'row 1, column y: "good" is not a number',
    });
  });
  it("is a cell that is no number, with row and column", async () => {
    expect(
      await ask(
        ofX([
          [1, 0],
          ["one", 0],
        ]),
        version(3, "logarithm", LOG),
        "none",
      ),
    ).toMatchObject({
      reason: "set_unreadable",
      detail: 'row 2, column x: "one" is not a number',
    });
  });
  it("is a missing value that the model does not take", async () => {
    expect(
      await ask(
        ofX([
          [1, 0],
          ["", 0],
        ]),
        version(3, "logarithm", LOG),
        "none",
      ),
    ).toMatchObject({
      reason: "scoring_failed",
      version: "v3",
      detail: expect.stringContaining("row 2"),
    });
  });
  it("is an absent column", async () => {
    expect(await ask(set("x,y\n1,2\n", { label: "y" }))).toMatchObject({
      reason: "set_unreadable",
      detail: expect.stringContaining("PM10"),
    });
  });
  it("is a file that is not what was added, or gone", async () => {
    const changed = set(labelled, { label: "y" });
    writeFileSync(setFiles.setPath(changed.sha256), labelled.replace("a", "b"));
    expect(await ask(changed)).toMatchObject({ reason: "set_unreadable", detail: expect.stringContaining("bytes") });
    expect(await ask({ ...changed, sha256: "0".repeat(64) })).toMatchObject({ reason: "set_unreadable" });
  });
  it("is a production version of another kind, or an artifact that is gone", async () => {
    const classes = { ...PM25, outputs: [{ name: "p", datatype: "FP32" as const, shape: [-1, 2] }] };
    const usable = set(`${labelled} `, { label: "y" }, { rows: 32 });
    expect(await ask(usable, v2, version(1, "pm25-v1", classes))).toMatchObject({ reason: "scoring_failed", version: "v2" });
    expect(await ask(usable, version(4, "nowhere", PM25))).toMatchObject({
      reason: "scoring_failed",
      detail: expect.stringContaining("artifact"),
    });
  });
});
