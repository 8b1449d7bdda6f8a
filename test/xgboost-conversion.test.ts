/**
 * The converter against the library itself: models trained here and now by Debian's XGBoost over objectives, boosters, depths, missing values and base
 * scores, predicted in the edge's own runtime. The full size is 10,000 rows a model.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertXgboost } from "../control-plane/conversion/xgboost/convert.ts";
import { OBJECTIVES } from "../control-plane/conversion/xgboost/objectives.ts";
import { scaled } from "./harness/scale.ts";
import { runInWasm } from "./harness/wasm-session.ts";

const PYTHON = "/usr/bin/python3";
const hasXgboost = spawnSync(PYTHON, ["-c", "import xgboost"], { stdio: "ignore" }).status === 0;
const ROWS = scaled({ full: 10_000, quick: 600 });
const ROUNDS = scaled({ full: 40, quick: 5 });
const directory = mkdtempSync(join(tmpdir(), "xgboost-matrix-"));

interface Case {
  name: string;
  files: string;
  objective: string;
  features: number;
}

let cases: Case[] = [];
beforeAll(async () => {
  if (!hasXgboost) return;
  const script = join(import.meta.dirname, "harness/xgboost_matrix.py");
  const { stdout } = await promisify(execFile)(PYTHON, [script, directory, String(ROWS), String(ROUNDS)], { timeout: 280_000 });
  ({ cases } = JSON.parse(stdout) as { cases: Case[] });
}, 300_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const bytesOf = (file: string): Buffer => readFileSync(join(directory, file));
const floats = (file: string): Float32Array => new Float32Array(Uint8Array.from(bytesOf(file)).buffer);

/** The largest |got − expected| / |expected|, and how many values differ at all. */
function compare(got: Float64Array, expected: Float32Array): { worst: number; differing: number } {
  expect(got).toHaveLength(expected.length);
  let worst = 0;
  let differing = 0;
  for (const [at, value] of expected.entries()) {
    if (got[at] === value) continue;
    differing++;
    const relative = Math.abs((got[at] as number) - value) / Math.abs(value);
    // Not max: a NaN must not be lost.
    if (!(relative <= worst)) worst = relative;
  }
  return { worst, differing };
}

describe.skipIf(!hasXgboost)("models of the real library (skipped without Debian's python3-xgboost)", () => {
  it("convert to ONNX that predicts the same: sums to the bit, the rest to 1e-6 relative", async () => {
    expect(cases.length).toBeGreaterThan(70);
    const failures: string[] = [];
    const worstOf = new Map<string, number>();
    for (const { name, files, objective, features } of cases) {
      const json = convertXgboost(bytesOf(`${files}.json`));
      const ubjson = convertXgboost(bytesOf(`${files}.ubj`));
      if (!json.ok || !ubjson.ok) throw new Error(`${name}: ${JSON.stringify([json, ubjson])}`);
      expect(Buffer.compare(json.value.bytes, ubjson.value.bytes), `${name}: JSON and UBJSON`).toBe(0);
      const got = await runInWasm(json.value.bytes, floats(`${files}.rows`), features);
      const { worst, differing } = compare(got, floats(`${files}.predictions`));
      const transform = OBJECTIVES.get(objective)?.transform;
      const isSum = transform === "identity" || transform === "argmax" || transform === "step";
      worstOf.set(objective, Math.max(worstOf.get(objective) ?? 0, worst));
      if (!(isSum ? differing === 0 : worst <= 1e-6)) failures.push(`${name}: ${differing} differ, by up to ${worst}`);
    }
    expect(failures).toEqual([]);
    console.log(
      `${cases.length} models, ${ROWS} rows each; worst relative difference: ${JSON.stringify(Object.fromEntries(worstOf))}`,
    );
  });
});
