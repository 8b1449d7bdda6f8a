/** XGBoost's own files through the whole inspection, and through `edgewise convert` as a process. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { ARTIFACT_BYTES_MAX_DEFAULT } from "../../contract/limits.ts";
import { inspectArtifact } from "./inspect.ts";
import type { InspectionOptions } from "./inspection.ts";

const FIXTURES = fileURLToPath(new URL("../conversion/xgboost/fixtures/", import.meta.url));
const EDGEWISE = fileURLToPath(new URL("../cli/edgewise.ts", import.meta.url));
const record = JSON.parse(readFileSync(join(FIXTURES, "predictions.json"), "utf8")) as {
  features: string[];
  rows: unknown[];
  expected: Record<string, number[]>;
};
const folder = mkdtempSync(join(tmpdir(), "inspect-xgboost-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS: InspectionOptions = {
  artifactBytesMax: ARTIFACT_BYTES_MAX_DEFAULT,
  inputs: [],
  examples: record.rows,
  tolerance: { absolute: 0, relative: 1e-6 },
  timeoutMs: 50_000,
};

function inspect(name: string, more: Partial<InspectionOptions> = {}): ReturnType<typeof inspectArtifact> {
  const path = join(folder, `${name}.upload`);
  copyFileSync(join(FIXTURES, name), path);
  return inspectArtifact(path, { ...OPTIONS, expected: record.expected[name], ...more });
}

describe("inspecting XGBoost's own file", () => {
  it.each(["squared-error.json", "logistic.ubj"])(
    "%s serves the ONNX that it was converted to, with XGBoost's own predictions",
    async (name) => {
      const inspected = await inspect(name);
      if (!inspected.ok) throw new Error(JSON.stringify(inspected.failure));
      const { served, rewrites, inputs, outputs, producer, engine } = inspected.value;
      expect(engine.name).toBe(name === "logistic.ubj" ? "onnxruntime" : "tree_walk");
      expect(served.path).toMatch(/\.rewritten$/);
      expect(createHash("sha256").update(readFileSync(served.path)).digest("hex")).toBe(served.sha256);
      expect(rewrites).toEqual([expect.stringContaining("converted from XGBoost 1.7.4's own format") as unknown]);
      expect(producer).toBe("xgboost 1.7.4");
      expect(inputs).toEqual([{ name: "features", datatype: "FP32", shape: [-1, 4], features: record.features, missing: "nan" }]);
      expect(outputs).toMatchObject([{ name: "prediction", datatype: "FP32", shape: [-1, 1] }]);
    },
  );

  it("goes by the registrant's word for features and missing values", async () => {
    const inputs = [{ name: "features", features: ["w", "x", "y", "z"], missing: "refused" as const }];
    const inspected = await inspect("linear.json", { inputs, examples: undefined, expected: undefined });
    expect(inspected).toMatchObject({ ok: true, value: { inputs: [{ features: ["w", "x", "y", "z"], missing: "refused" }] } });
  });

  it("refuses what it becomes when that is over the size limit", async () => {
    const inspected = await inspect("linear.json", { artifactBytesMax: 600 });
    expect(inspected).toMatchObject({ ok: false, failure: { reason: "artifact_too_large", max: 600 } });
  });
});

describe("edgewise convert", () => {
  it("writes the same bytes as registration does", async () => {
    const output = join(folder, "model.onnx");
    const printed = execFileSync(
      process.execPath,
      [EDGEWISE, "convert", join(FIXTURES, "softprob.ubj"), "--output", output, "--json"],
      { encoding: "utf8" },
    );
    expect(JSON.parse(printed)).toMatchObject({ output, input: { features: record.features } });
    const inspected = await inspect("softprob.ubj");
    expect(inspected).toMatchObject({
      ok: true,
      value: { served: { sha256: createHash("sha256").update(readFileSync(output)).digest("hex") } },
    });
  });

  it("says what is wrong with any other file and writes nothing", () => {
    const output = join(folder, "none.onnx");
    const ran = spawnSync(process.execPath, [EDGEWISE, "convert", EDGEWISE, "--output", output], { encoding: "utf8" });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain("neither XGBoost JSON nor UBJSON");
    expect(() => readFileSync(output)).toThrow();
  });
});
