/** The log of a run in the registry: adding lines, reading a page of them. Bounds are the collector's (run-log.ts). */
import { and, asc, eq, gt, max } from "drizzle-orm";
import type { LogAnswer } from "../../api/retrain-schemas.ts";
import type { Queries } from "../../registry/database.ts";
import { retrainLog } from "../../registry/retrain-schema.ts";
import type { RunStep } from "../run-state.ts";

const ROWS_AN_INSERT = 200;

export interface LogLine {
  at: Date;
  step: RunStep;
  text: string;
}

/** Adds lines behind those there are. */
export async function appendLog(db: Queries, runId: number, lines: readonly LogLine[]): Promise<void> {
  const [newest] = await db
    .select({ line: max(retrainLog.line) })
    .from(retrainLog)
    .where(eq(retrainLog.runId, runId));
  const first = (newest?.line ?? 0) + 1;
  const rows = lines.map(({ at, step, text }, offset) => ({ runId, line: first + offset, at: at.toISOString(), step, text }));
  for (let from = 0; from < rows.length; from += ROWS_AN_INSERT)
    await db.insert(retrainLog).values(rows.slice(from, from + ROWS_AN_INSERT));
}

export async function readLog(
  db: Queries,
  runId: number,
  { after, limit }: { after: number; limit: number },
): Promise<LogAnswer["lines"]> {
  const rows = await db
    .select()
    .from(retrainLog)
    .where(and(eq(retrainLog.runId, runId), gt(retrainLog.line, after)))
    .orderBy(asc(retrainLog.line))
    .limit(limit);
  return rows.map(({ runId: _, ...line }) => line);
}
