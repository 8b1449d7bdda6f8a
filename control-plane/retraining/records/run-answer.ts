/** A run as the API shows it: its row, its events, and what its steps found, read from the events. */
import { asc, eq } from "drizzle-orm";
import type { z } from "zod";
import { succeed, type Result } from "../../../contract/result.ts";
import { compared, evaluated, fetched, preprocessed, trained, type RunAnswer, type RunEvent } from "../../api/retrain-schemas.ts";
import type { RetrainFailure } from "../../failure.ts";
import type { Queries } from "../../registry/database.ts";
import { retrainEvents } from "../../registry/retrain-schema.ts";
import type { RunStep } from "../run-state.ts";
import { findRun, toSummary } from "./run-records.ts";

/** What the steps that are finished found. */
export type StepResults = Pick<RunAnswer, "fetched" | "preprocessed" | "trained" | "evaluated" | "compared">;

export async function readRun(
  db: Queries,
  id: number,
  progress: RunAnswer["progress"] = null,
): Promise<Result<RunAnswer, RetrainFailure>> {
  const found = await findRun(db, id);
  if (!found.ok) return found;
  const row = found.value;
  const events = await readEvents(db, id);
  const { evidence, configRevision, resumes, isCancelling } = row;
  return succeed({ ...toSummary(row), evidence, configRevision, resumes, isCancelling, progress, ...resultsOf(events), events });
}

export async function readResults(db: Queries, id: number): Promise<StepResults> {
  return resultsOf(await readEvents(db, id));
}

// --- Not exported ---

/** Oldest first. */
async function readEvents(db: Queries, runId: number): Promise<RunEvent[]> {
  const rows = await db.select().from(retrainEvents).where(eq(retrainEvents.runId, runId)).orderBy(asc(retrainEvents.id));
  return rows.map(({ id: _, runId: __, actorName, ...event }) => ({ ...event, by: actorName }));
}

function resultsOf(events: readonly RunEvent[]): StepResults {
  return {
    fetched: resultOf(events, "fetching", fetched),
    preprocessed: resultOf(events, "preprocessing", preprocessed),
    trained: resultOf(events, "training", trained),
    evaluated: resultOf(events, "evaluating", evaluated),
    compared: resultOf(events, "comparing", compared),
  };
}

/** A comparison that ended in a rejection is told by that event. */
function resultOf<Schema extends z.ZodType>(events: readonly RunEvent[], step: RunStep, schema: Schema): z.infer<Schema> | null {
  const event = events.findLast((one) => one.step === step && (one.kind === "step_finished" || one.kind === "rejected"));
  return event ? schema.parse(event.details) : null;
}
