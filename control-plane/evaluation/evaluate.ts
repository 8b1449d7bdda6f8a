/**
 * Scores a candidate, and the production version beside it, on the rows of an evaluation set: one pass over the file, both versions on the same
 * batches in the runtime that serves. Runs in the child process of an evaluation; reads the set's file and the artifacts, writes nothing.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { EVALUATION_ROWS_MAX, REQUEST_ELEMENTS_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Gap, QualityEvidence } from "../gates/evidence.ts";
import { missing, type Measured } from "../gates/measured.ts";
import { openEngines } from "../inspection/open-engines.ts";
import { seededRandom } from "../inspection/seeded-random.ts";
import { refusalSentence } from "../registration/refusal-sentence.ts";
import type { TableProblem } from "../rows/table.ts";
import type { EvaluatedVersion, EvaluationJob, EvaluationOutcome } from "./evaluation-outcome.ts";
import { GroupSums } from "./group-sums.ts";
import { PairedScores } from "./paired-scores.ts";
import { predictionOutput, type PredictionOutput } from "./prediction-output.ts";
import { featureColumns, openEvaluationRows, type EvaluationRow } from "./row-reader.ts";
import type { SetDrift } from "./set-drift.ts";
import { sharedEncoders } from "./shared-encoders.ts";
import { VersionScorer } from "./version-scorer.ts";

const BATCH_ROWS = 2048;
export const SAMPLE_ROWS = 200;

interface Side {
  scorer: VersionScorer;
  output: PredictionOutput;
  columns: NonNullable<ReturnType<typeof featureColumns>>;
  /** Where its features begin in a row that was read. */
  from: number;
}

export async function evaluate(job: EvaluationJob): Promise<Result<EvaluationOutcome, Gap>> {
  const { set } = job;
  // The file is read for its digest while other threads compile the runtime.
  const [sha256, opened] = await Promise.all([digestOf(set.file.path), openSides(job)]);
  if (sha256 !== set.sha256) {
    return fail({ reason: "set_unreadable", set: set.name, detail: "its bytes are not those that were added" });
  }
  if (!opened.ok) return opened;
  const { sides, drift, memoryBytes } = opened.value;
  const [candidate, production] = sides as [Side, Side | undefined];
  const columns = sides.flatMap((side) => (side.from === 0 && side !== candidate ? [] : side.columns));
  const source = await openEvaluationRows(set.file, columns, set.spec, candidate.output.task);
  if (!source.ok) return fail(setGap(set.name, source.failure));

  const paired = new PairedScores(candidate.output, production?.output, set.rows);
  const groups = set.spec.group && new GroupSums(set.spec.group, candidate.output);
  const sampleRows: unknown[][] = [];
  const sampleEvery = Math.max(1, Math.floor(set.rows / SAMPLE_ROWS));
  let rows = 0;

  async function score(batch: readonly EvaluationRow[]): Promise<Gap | undefined> {
    const predictions = [];
    // One array for all versions of the same columns: their encoder knows it again.
    const featuresFrom = new Map<number, unknown[][]>();
    for (const { scorer, from, columns } of sides) {
      const features =
        featuresFrom.get(from) ??
        batch.map((row) =>
          row.features.length === columns.length ? row.features : row.features.slice(from, from + columns.length),
        );
      featuresFrom.set(from, features);
      const predicted = await scorer.predict(features, rows + 1);
      if (!predicted.ok) return predicted.failure;
      predictions.push(predicted.value);
    }
    for (const [at, row] of batch.entries()) {
      const ours = predictions[0]?.[at];
      if (ours === undefined) throw new Error("a row was not predicted");
      paired.add(row, ours, predictions[1]?.[at]);
      if (ours.isFinite) groups?.add(row, ours);
      if ((rows + at) % sampleEvery === 0 && sampleRows.length < SAMPLE_ROWS)
        sampleRows.push(row.features.slice(0, candidate.columns.length));
    }
    rows += batch.length;
    return rows > EVALUATION_ROWS_MAX
      ? { reason: "set_unreadable", set: set.name, detail: `it has more than ${EVALUATION_ROWS_MAX} rows` }
      : undefined;
  }

  const batchRows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(REQUEST_ELEMENTS_MAX / Math.max(1, columns.length))));
  let batch: EvaluationRow[] = [];
  for await (const block of source.value.blocks) {
    for (const row of block) {
      if (!row.ok) return fail(setGap(set.name, row.failure));
      batch.push(row.value);
      if (batch.length < batchRows) continue;
      const gap = await score(batch);
      if (gap) return fail(gap);
      batch = [];
    }
  }
  const gap = batch.length > 0 ? await score(batch) : undefined;
  if (gap) return fail(gap);
  if (rows === 0) return fail({ reason: "set_empty", set: set.name });

  const fairness = groups?.evidence(set.name) ?? missing({ reason: "groups_absent", set: set.name });
  return succeed({
    quality: qualityOf(paired, sides, set.name, rows, job.seed),
    drift: drift
      ? { state: "measured", value: drift.evidence() }
      : missing({ reason: "reference_absent", version: job.candidate.version }),
    fairness: candidate.scorer.gap ? missing(candidate.scorer.gap) : fairness,
    sampleRows,
    wasmMemoryBytes: memoryBytes(),
  });
}

// --- Not exported ---

async function openSides({
  candidate,
  production,
  set,
}: EvaluationJob): Promise<Result<{ sides: Side[]; drift: SetDrift | undefined; memoryBytes: () => number }, Gap>> {
  const versions: EvaluatedVersion[] = production ? [candidate, production] : [candidate];
  const parts = [];
  for (const version of versions) {
    const failed = (detail: string) => fail({ reason: "scoring_failed" as const, version: version.version, detail });
    const output = predictionOutput(version.manifest, set.spec.output);
    if (!output.ok) return failed(output.failure);
    const columns = featureColumns(version.manifest.inputs);
    if (columns === undefined) return failed("its inputs are not columns with names, so no table has its rows");
    parts.push({ version, output: output.value, columns });
  }
  if (new Set(parts.map(({ output }) => output.task)).size > 1) {
    return fail({
      reason: "scoring_failed",
      version: candidate.version,
      detail: "it is not of the production version's kind: one predicts numbers, the other classes",
    });
  }
  const artifacts = await Promise.all(versions.map(({ artifactPath }) => readFile(artifactPath).catch((error: Error) => error)));
  const unreadable = artifacts.find((artifact) => artifact instanceof Error);
  if (unreadable)
    return fail({ reason: "scoring_failed", version: null, detail: `an artifact cannot be read: ${unreadable.message}` });
  const engines = await openEngines(versions.map(({ manifest }, at) => ({ artifact: artifacts[at] as Uint8Array, manifest })));
  if (!engines.ok) return fail({ reason: "scoring_failed", version: null, detail: refusalSentence(engines.failure) });
  const { probes, memoryBytes } = engines.value;
  const first = parts[0]?.columns ?? [];
  const { inputs, reference } = candidate.manifest;
  // Loaded where there is a reference only: its rule and cells have schemas, and those take a child longer to load than all else here.
  const drift = reference && new (await import("./set-drift.ts")).SetDrift(inputs, reference);
  const encoderFor = sharedEncoders();
  const sides = parts.map(({ version, output, columns }, at): Side => ({
    scorer: new VersionScorer(version.version, {
      encode: encoderFor(version.manifest.inputs),
      probe: probes[at] as (typeof probes)[number],
      output,
      drift: at === 0 ? drift : undefined,
    }),
    output,
    columns,
    // The same columns are read once.
    from: JSON.stringify(columns) === JSON.stringify(first) ? 0 : first.length,
  }));
  return succeed({ sides, drift, memoryBytes });
}

function qualityOf(
  paired: PairedScores,
  sides: readonly Side[],
  set: string,
  rows: number,
  seed: number,
): Measured<QualityEvidence> {
  const gap = sides.map(({ scorer }) => scorer.gap).find((found) => found !== undefined);
  if (gap) return missing(gap);
  if (paired.labelledRows === 0) return missing({ reason: "labels_missing", set, rows });
  return { state: "measured", value: paired.evidence(seed, seededRandom(seed)) };
}

function setGap(set: string, problem: TableProblem): Gap {
  if (problem.reason === "file") return { reason: "set_unreadable", set, detail: problem.detail };
  const column = problem.column === null ? "" : `, column ${problem.column}`;
  return { reason: "set_unreadable", set, detail: `row ${problem.row}${column}: ${problem.detail}` };
}

async function digestOf(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch {
    // Gone, or not to be read: it has no digest that anybody added.
    return undefined;
  }
  return hash.digest("hex");
}
