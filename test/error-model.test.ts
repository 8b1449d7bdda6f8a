/**
 * The error model on the real data: fitted on a year that the version had not seen, it estimates the version's RMSE of the year after without its truth,
 * season by season, and is held against the truth. The full size is all ten sites.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Manifest } from "../contract/manifest.ts";
import type { ScoredRows } from "../control-plane/error-model/fit-error-model.ts";
import { runFit } from "../control-plane/error-model/run-fit.ts";
import { scoreRows } from "../control-plane/error-model/score-rows.ts";
import { hasPrsa, PRSA_FEATURES } from "../ops/bench/prsa-job.ts";
import { scaled } from "./harness/scale.ts";
import { runInWasm } from "./harness/wasm-session.ts";

const DATA = join(import.meta.dirname, "../../shared/data/prsa");
const SITES = scaled({ full: 10, quick: 2 });
const directory = mkdtempSync(join(tmpdir(), "error-model-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Trained before 2015-03. */
const manifest: Pick<Manifest, "inputs" | "outputs"> = {
  inputs: [{ name: "features", datatype: "FP32", shape: [-1, 12], features: PRSA_FEATURES, missing: "nan" }],
  outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 1] }],
};
const version = { version: "v1", artifactPath: join(import.meta.dirname, "../examples/pm25/pm25-v1.onnx"), manifest };

/** Rows of the months from `from` up to `until`, in order of time. */
function writeRows(name: string, from: string, until: string): string {
  const rows: { at: string; line: string }[] = [];
  let header = "";
  for (const file of readdirSync(DATA).toSorted().slice(0, SITES)) {
    const [first = "", ...lines] = readFileSync(join(DATA, file), "utf8").trimEnd().split(/\r?\n/);
    header = first;
    for (const line of lines) {
      const at = line
        .split(",", 5)
        .slice(1)
        .map((part) => part.padStart(2, "0"))
        .join("-");
      if (at >= from && at < until) rows.push({ at, line });
    }
  }
  const path = join(directory, `${name}.csv`);
  const sorted = rows.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  writeFileSync(path, `${[header, ...sorted.map(({ line }) => line)].join("\n")}\n`);
  return path;
}

const csv = (path: string) => ({ path, format: "csv" as const, isGzipped: false });

/** What the error model expects of each row, as the edge would run it. */
async function expectedSquares(onnx: Uint8Array, { columns, predictions }: ScoredRows): Promise<Float64Array> {
  const width = columns.length + 1;
  const data = new Float32Array(predictions.length * width);
  for (const [at, column] of [...columns, predictions].entries()) {
    for (let row = 0; row < predictions.length; row++) data[row * width + at] = column[row] as number;
  }
  return runInWasm(onnx, data, width);
}

describe.runIf(hasPrsa)("an error model on the PRSA data", () => {
  it("estimates the RMSE of seasons that it has not seen, and of their whole year within a tenth", async () => {
    const fitted = await runFit({ version, file: csv(writeRows("fit", "2015-03", "2016-03")), label: "PM2.5", seed: 1 });
    if (!fitted.ok) throw new Error(fitted.failure);
    const year = await scoreRows(version, csv(writeRows("year", "2016-03", "2017-03")), "PM2.5");
    if (!year.ok) throw new Error(year.failure);
    const { columns, predictions, truth } = year.value;
    const expected = await expectedSquares(fitted.value.onnx, year.value);
    const months = columns[PRSA_FEATURES.indexOf("month")] as Float32Array;

    const compared = (inSeason: readonly number[]) => {
      let [rows, trueSum, estimatedSum] = [0, 0, 0];
      for (let row = 0; row < truth.length; row++) {
        if (!inSeason.includes(months[row] as number)) continue;
        rows++;
        trueSum += ((predictions[row] as number) - (truth[row] as number)) ** 2;
        estimatedSum += Math.max(0, expected[row] as number);
      }
      return { rows, rmse: Math.sqrt(trueSum / rows), estimated: Math.sqrt(estimatedSum / rows) };
    };
    const seasons = { spring: [3, 4, 5], summer: [6, 7, 8], autumn: [9, 10, 11], winter: [12, 1, 2] };
    const found = Object.entries(seasons).map(([season, of]) => [season, compared(of)] as const);
    const whole = compared(Object.values(seasons).flat());
    console.log(`fitted: ${fitted.value.onnx.byteLength} bytes, ${JSON.stringify(fitted.value.figures)}`);
    for (const [season, { rows, rmse, estimated }] of [...found, ["year", whole] as const]) {
      const off = ((estimated / rmse - 1) * 100).toFixed(1);
      console.log(`${season}: ${rows} rows, RMSE ${rmse.toFixed(2)}, estimated ${estimated.toFixed(2)} (${off} %)`);
    }
    for (const [season, { rmse, estimated }] of found)
      expect(Math.abs(estimated / rmse - 1), `${season} is estimated to a fifth`).toBeLessThan(0.2);
    expect(Math.abs(whole.estimated / whole.rmse - 1)).toBeLessThan(0.1);
    // What one figure for all could not do: summer's errors are a third below spring's, and the estimate, which sees less of it, is a fifth below.
    const [spring, summer] = found.map(([, season]) => season);
    expect((summer?.rmse ?? NaN) / (spring?.rmse ?? NaN)).toBeLessThan(0.75);
    expect((summer?.estimated ?? NaN) / (spring?.estimated ?? NaN)).toBeLessThan(0.8);
  });

  it("gives the same bytes for the same rows and seed, and is not fitted on too few or on rows without their label", async () => {
    const lines = readFileSync(writeRows("few", "2015-03", "2015-06"), "utf8").split("\n");
    const write = (name: string, rows: number): string => {
      const path = join(directory, `${name}.csv`);
      writeFileSync(path, lines.slice(0, rows + 1).join("\n"));
      return path;
    };
    const enough = { version, file: csv(write("enough", 1_000)), label: "PM2.5", seed: 3 };
    const [one, other] = [await runFit(enough), await runFit(enough)];
    if (!one.ok || !other.ok) throw new Error("1,000 rows are enough");
    expect(Buffer.from(one.value.onnx).equals(other.value.onnx)).toBe(true);
    const few = await runFit({ ...enough, file: csv(write("few", 300)) });
    expect([few.ok, few.ok ? "" : few.failure]).toMatchObject([
      false,
      expect.stringContaining("are too few to learn errors from"),
    ]);
    const unlabelled = await runFit({ ...enough, label: "PM2" });
    expect([unlabelled.ok, unlabelled.ok ? "" : unlabelled.failure]).toMatchObject([false, expect.stringContaining("PM2")]);
  });
});
