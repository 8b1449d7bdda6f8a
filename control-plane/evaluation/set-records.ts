/** Evaluation sets in the registry: adding one, the newest of a name, all of a line. A set is never changed: adding under its name again follows it. */
import { and, desc, eq } from "drizzle-orm";
import type { EvaluationSetAnswer } from "../api/gate-schemas.ts";
import type { Queries } from "../registry/database.ts";
import { evaluationSets } from "../registry/gate-schema.ts";

const LISTED_MAX = 200;

export type EvaluationSetRow = typeof evaluationSets.$inferSelect;

/** The newest set of that name, or of the line where none is named. */
export async function findEvaluationSet(
  db: Queries,
  model: string,
  name: string | undefined,
): Promise<EvaluationSetRow | undefined> {
  const [row] = await db
    .select()
    .from(evaluationSets)
    .where(and(eq(evaluationSets.model, model), name === undefined ? undefined : eq(evaluationSets.name, name)))
    .orderBy(desc(evaluationSets.id))
    .limit(1);
  return row;
}

/** Newest first; of a name, the first is the one in force. */
export async function listEvaluationSets(db: Queries, model: string): Promise<EvaluationSetRow[]> {
  return db
    .select()
    .from(evaluationSets)
    .where(eq(evaluationSets.model, model))
    .orderBy(desc(evaluationSets.id))
    .limit(LISTED_MAX);
}

export const toSetAnswer = ({ actorTokenId, actorName, ...row }: EvaluationSetRow): EvaluationSetAnswer => ({
  ...row,
  by: { tokenId: actorTokenId, name: actorName },
});
