/** Evaluations in their child process, one at a time: checking a set that is being added, scoring versions on one. The parent of evaluation-process.ts. */
import type { Manifest } from "../../contract/manifest.ts";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { runConfined, type ChildFailure } from "../confined-child.ts";
import type { Gap } from "../gates/evidence.ts";
import type { ArtifactFiles } from "../registration/artifact-files.ts";
import type { VersionRow } from "../registry/versions.ts";
import type { SerialQueue } from "../serial-queue.ts";
import type {
  CheckedSet,
  CheckJob,
  EvaluatedVersion,
  EvaluationAnswer,
  EvaluationJob,
  EvaluationOutcome,
  EvaluationTask,
} from "./evaluation-outcome.ts";
import type { SetFiles } from "./set-files.ts";
import type { EvaluationSetRow } from "./set-records.ts";

export interface EvaluationTools {
  setFiles: SetFiles;
  files: Pick<ArtifactFiles, "artifactPath">;
  /** One evaluation at a time: each holds two models and a file. */
  evaluations: SerialQueue;
}

const ENTRY = new URL("./evaluation-process.ts", import.meta.url);
const TIMEOUT_MS = 600_000;
/** A row group of Parquet is held unpacked. */
const HEAP_MIB_MAX = 2048;
const BOOTSTRAP_SEED = 20_261_125;

/**
 * Scores a version, and the production version beside it, on an evaluation set, in the runtime that serves. What kept it from scoring is a gap
 * in the evidence, as the gates have it.
 *
 * @example
 * const scored = await scoreVersions(tools, { set, candidate: row, production: undefined });
 * if (scored.ok && scored.value.quality.state === "measured") console.log(scored.value.quality.value.candidate.rmse);
 */
export async function scoreVersions(
  { setFiles, files, evaluations }: EvaluationTools,
  { set, candidate, production }: { set: EvaluationSetRow; candidate: VersionRow; production: VersionRow | undefined },
): Promise<Result<EvaluationOutcome, Gap>> {
  const evaluated = (row: VersionRow): EvaluatedVersion => {
    const { engine, inputs, outputs, reference } = manifestSchema.parse(JSON.parse(row.manifestJson)) as Manifest;
    return {
      version: `v${row.number}`,
      artifactPath: files.artifactPath(row.artifactSha256),
      manifest: { inputs, outputs, ...(engine && { engine }), ...(reference && { reference }) },
    };
  };
  const { name, sha256, rows, spec, format, isGzipped } = set;
  const file = { path: setFiles.setPath(sha256), format, isGzipped };
  return evaluateInChild(evaluations, {
    set: { name, sha256, rows, spec, file },
    candidate: evaluated(candidate),
    production: production && evaluated(production),
    seed: BOOTSTRAP_SEED,
  });
}

/** Scores versions that need not be in the registry, on a file that need not be a stored set. */
export async function evaluateInChild(evaluations: SerialQueue, job: EvaluationJob): Promise<Result<EvaluationOutcome, Gap>> {
  const ran = await runTask(evaluations, { kind: "evaluate", job });
  if (!ran.ok) return fail({ reason: "scoring_failed", version: null, detail: childSentence(ran.failure) });
  if (ran.value.kind !== "evaluated") throw new Error(`an evaluation answered with ${ran.value.kind}`);
  const { outcome } = ran.value;
  return "gap" in outcome ? fail(outcome.gap) : succeed(outcome);
}

/** Reads a file as a set for these inputs. Fails only where its process does. */
export async function checkInChild(evaluations: SerialQueue, job: CheckJob): Promise<Result<CheckedSet, { detail: string }>> {
  const ran = await runTask(evaluations, { kind: "check", job });
  if (!ran.ok) return fail({ detail: childSentence(ran.failure) });
  if (ran.value.kind !== "checked") throw new Error(`a check answered with ${ran.value.kind}`);
  return succeed(ran.value.checked);
}

const runTask = (evaluations: SerialQueue, task: EvaluationTask): Promise<Result<EvaluationAnswer, ChildFailure>> =>
  evaluations.run(() =>
    runConfined<EvaluationAnswer>({ entry: ENTRY, request: task, timeoutMs: TIMEOUT_MS, heapMiBMax: HEAP_MIB_MAX }),
  );

const childSentence = (failure: ChildFailure): string =>
  failure.reason === "timed_out"
    ? `it took longer than ${failure.afterMs / 1000} s`
    : `the process that evaluates ended (${failure.detail}): the file may be too large for its memory`;
