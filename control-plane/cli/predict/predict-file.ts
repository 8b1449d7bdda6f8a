/** Rows in, batches out to the edge, a few in flight, lines written in the order of the file. Stops at the first failure. */
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { CliFailure } from "../failure.ts";
import { requestPredictions, type BatchPredictions, type PredictTarget } from "./request-predictions.ts";
import type { ReadRow, RowSource } from "./row-source.ts";

/** More would only queue: a local edge predicts faster than one connection delivers. */
const BATCHES_IN_FLIGHT_MAX = 4;

export interface FileJob {
  path: string;
  source: RowSource;
  batchRows: number;
  target: Omit<PredictTarget, "signal" | "onRetry">;
  interruption: AbortSignal;
  writeText: (text: string) => Promise<unknown>;
  onProgress: (readBytes: number, rows: number) => void;
}

export interface FileOutcome {
  rows: number;
  retries: number;
  /** Rows by the version that predicted them: more than one when a release changed meanwhile. */
  rowsByVersion: Record<string, number>;
}

interface BatchInFlight {
  rows: ReadRow[];
  answer: Promise<Result<BatchPredictions, CliFailure>>;
}

export async function predictFile(job: FileJob): Promise<Result<FileOutcome, CliFailure>> {
  const { path, source, batchRows, interruption, writeText, onProgress } = job;
  const abort = new AbortController();
  const outcome: FileOutcome = { rows: 0, retries: 0, rowsByVersion: {} };
  const target: PredictTarget = {
    ...job.target,
    signal: AbortSignal.any([abort.signal, interruption]),
    onRetry: () => void outcome.retries++,
  };
  const inFlight: BatchInFlight[] = [];

  async function writeOldest(): Promise<CliFailure | undefined> {
    const { rows, answer } = inFlight.shift() as BatchInFlight;
    const answered = await answer;
    if (!answered.ok) return placeInFile(answered.failure, rows, path);
    const { version, predictionTexts } = answered.value;
    await writeText(rows.map((row, at) => `${row.outputLine(predictionTexts[at] as string)}\n`).join(""));
    outcome.rows += rows.length;
    outcome.rowsByVersion[version] = (outcome.rowsByVersion[version] ?? 0) + rows.length;
    onProgress((rows.at(-1) as ReadRow).readBytes, outcome.rows);
    return undefined;
  }

  try {
    if (source.outputHeader !== undefined) await writeText(`${source.outputHeader}\n`);
    for await (const batch of batches(source.rows, batchRows)) {
      if (interruption.aborted) return fail({ reason: "interrupted" });
      if (!batch.ok) return batch;
      inFlight.push({
        rows: batch.value,
        answer: requestPredictions(
          batch.value.map(({ instance }) => instance),
          target,
        ),
      });
      const failure = inFlight.length >= BATCHES_IN_FLIGHT_MAX ? await writeOldest() : undefined;
      if (failure) return fail(failure);
    }
    while (inFlight.length > 0) {
      const failure = await writeOldest();
      if (failure) return fail(failure);
    }
    return succeed(outcome);
  } finally {
    abort.abort();
    await Promise.all(inFlight.map(({ answer }) => answer));
  }
}

async function* batches(
  rows: AsyncIterable<Result<ReadRow, CliFailure>>,
  batchRows: number,
): AsyncGenerator<Result<ReadRow[], CliFailure>> {
  let batch: ReadRow[] = [];
  for await (const row of rows) {
    if (!row.ok) {
      yield row;
      return;
    }
    batch.push(row.value);
    if (batch.length === batchRows) {
      yield succeed(batch);
      batch = [];
    }
  }
  if (batch.length > 0) yield succeed(batch);
}

/** The edge counts rows within the batch; people count them within the file. */
export function placeInFile(failure: CliFailure, rows: readonly ReadRow[], path: string): CliFailure {
  if (failure.reason !== "refused" || failure.status !== 400) return failure;
  const details = failure.body.details as { row?: unknown; feature?: unknown } | undefined;
  const detail = `${failure.body.error} (${failure.body.code})`;
  const refused = typeof details?.row === "number" ? rows[details.row] : undefined;
  if (refused) {
    const column = typeof details?.feature === "string" ? details.feature : undefined;
    return { reason: "row_invalid", path, row: refused.row, column, detail };
  }
  return {
    reason: "file_invalid",
    path,
    detail: `the edge refused rows ${rows[0]?.row} to ${rows.at(-1)?.row}, which it counts from 0: ${detail}`,
  };
}
