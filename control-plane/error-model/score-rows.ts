/** Rows with truth and what a version predicts for them, in the runtime that serves. Runs in the child process; reads the file, writes nothing. */
import { readFile } from "node:fs/promises";
import { estimatedVersion } from "../../contract/error-model.ts";
import { instanceEncoder } from "../../contract/instances.ts";
import { EVALUATION_ROWS_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { EvaluatedVersion } from "../evaluation/evaluation-outcome.ts";
import { featureColumns, openEvaluationRows, type EvaluationRow } from "../evaluation/row-reader.ts";
import { VersionScorer } from "../evaluation/version-scorer.ts";
import { gapSentence } from "../gates/gap-sentence.ts";
import { openEngines } from "../inspection/open-engines.ts";
import type { Probe } from "../inspection/probe.ts";
import { refusalSentence } from "../registration/refusal-sentence.ts";
import type { TableFile } from "../rows/table.ts";
import type { ScoredRows } from "./fit-error-model.ts";

const BATCH_ROWS = 2048;
const FIRST_CAPACITY = 4_096;

/** Rows without a label are left out. Fails with a sentence. */
export async function scoreRows(version: EvaluatedVersion, file: TableFile, label: string): Promise<Result<ScoredRows, string>> {
  const of = estimatedVersion(version.manifest);
  const columns = featureColumns(version.manifest.inputs);
  if (!of || !columns)
    return fail("only a version with one FP32 input of named columns and one number predicted a row can have one");
  const engines = await openEngines([{ artifact: await readFile(version.artifactPath), manifest: version.manifest }]);
  if (!engines.ok) return fail(refusalSentence(engines.failure));
  const scorer = new VersionScorer(version.version, {
    encode: instanceEncoder(version.manifest.inputs),
    probe: engines.value.probes[0] as Probe,
    output: { task: "regression", output: of.output },
  });
  const source = await openEvaluationRows(file, columns, { label }, "regression");
  if (!source.ok) return fail(source.failure.detail);

  let data = Array.from({ length: columns.length + 2 }, () => new Float32Array(FIRST_CAPACITY));
  let rows = 0;
  let batch: EvaluationRow[] = [];
  async function score(): Promise<string | undefined> {
    const [first] = batch;
    if (!first) return undefined;
    const predicted = await scorer.predict(
      batch.map(({ features }) => features),
      first.row,
    );
    if (!predicted.ok) return gapSentence(predicted.failure);
    if (scorer.gap) return gapSentence(scorer.gap);
    for (const [at, { features, label: truth }] of batch.entries()) {
      if (rows === (data[0] as Float32Array).length) data = data.map(doubled);
      const prediction = predicted.value[at];
      const values = [...features, prediction?.isFinite ? prediction.number : NaN, truth];
      for (const [column, value] of values.entries()) (data[column] as Float32Array)[rows] = value === null ? NaN : Number(value);
      rows++;
    }
    batch = [];
    return undefined;
  }
  let read = 0;
  for await (const block of source.value.blocks) {
    for (const row of block) {
      if (!row.ok) {
        const { failure } = row;
        return fail(
          failure.reason === "row" ? `row ${failure.row}, column ${failure.column}: ${failure.detail}` : failure.detail,
        );
      }
      if (++read > EVALUATION_ROWS_MAX) return fail(`it has more than ${EVALUATION_ROWS_MAX} rows`);
      if (row.value.label !== null) batch.push(row.value);
      if (batch.length < BATCH_ROWS) continue;
      const problem = await score();
      if (problem !== undefined) return fail(problem);
    }
  }
  const problem = await score();
  if (problem !== undefined) return fail(problem);
  const whole = data.map((column) => column.slice(0, rows));
  return succeed({
    features: columns.map(({ name }) => name),
    columns: whole.slice(0, columns.length),
    predictions: whole[columns.length] as Float32Array,
    truth: whole[columns.length + 1] as Float32Array,
  });
}

function doubled(column: Float32Array): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(2 * column.length);
  larger.set(column);
  return larger;
}
