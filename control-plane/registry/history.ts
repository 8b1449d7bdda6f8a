/** The history of stage moves: adding to it, a page of it, and what was production at a time. */
import { and, asc, desc, eq, lt, lte } from "drizzle-orm";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Act, HistoryAnswer, Move, Stage } from "../api/schemas.ts";
import type { LookupFailure } from "../failure.ts";
import type { ActContext } from "./audit.ts";
import type { Queries } from "./database.ts";
import { models, stageMoves, versions } from "./schema.ts";
import type { ProductionEntry } from "./stages.ts";

export interface StageMove {
  model: string;
  number: number;
  from: Stage | null;
  to: Stage;
  act: Act;
  reason: string;
  generation: number | null;
  /** The gate run that let it into production. */
  gateRun?: number;
}

/** Sets a version's stage and adds the move to the history. Whether the move is legal is for the caller to have checked. */
export async function recordMove(db: Queries, { actor, now }: ActContext, move: StageMove): Promise<void> {
  await db
    .update(versions)
    .set({ stage: move.to })
    .where(and(eq(versions.model, move.model), eq(versions.number, move.number)));
  await db.insert(stageMoves).values({ ...move, at: now.toISOString(), actorTokenId: actor.tokenId, actorName: actor.name });
}

/** Every entry into production, oldest first. */
export async function productionEntries(db: Queries, model: string): Promise<ProductionEntry[]> {
  const rows = await db
    .select({ number: stageMoves.number, act: stageMoves.act })
    .from(stageMoves)
    .where(and(eq(stageMoves.model, model), eq(stageMoves.to, "production")))
    .orderBy(asc(stageMoves.id));
  return rows.map(({ number, act }) => ({ number, act: act === "rollback" ? "rollback" : "promote" }));
}

/** Newest first. With `at`: only moves up to then, and what was production then. */
export async function readHistory(
  db: Queries,
  model: string,
  query: { at?: string | undefined; limit: number; before?: number | undefined },
): Promise<Result<HistoryAnswer, LookupFailure>> {
  const [known] = await db.select().from(models).where(eq(models.name, model));
  if (!known) return fail({ reason: "model_unknown", model });
  // Stored times are UTC with milliseconds; a time with another offset must be brought into that form to compare as text.
  const at = query.at === undefined ? undefined : new Date(query.at).toISOString();
  const upTo = and(eq(stageMoves.model, model), at === undefined ? undefined : lte(stageMoves.at, at));
  const rows = await db
    .select()
    .from(stageMoves)
    .where(and(upTo, query.before === undefined ? undefined : lt(stageMoves.id, query.before)))
    .orderBy(desc(stageMoves.id))
    .limit(query.limit + 1);
  const moves = rows.slice(0, query.limit).map(toMove);
  const next = rows.length > query.limit ? (moves.at(-1)?.id ?? null) : null;
  if (at === undefined) return succeed({ model, moves, next, productionAt: null });
  const [entry] = await db
    .select()
    .from(stageMoves)
    .where(and(upTo, eq(stageMoves.to, "production")))
    .orderBy(desc(stageMoves.id))
    .limit(1);
  const move = entry ? toMove(entry) : null;
  return succeed({ model, moves, next, productionAt: { at, version: move?.version ?? null, move } });
}

function toMove({ model: _, number, actorTokenId, actorName, ...row }: typeof stageMoves.$inferSelect): Move {
  return { ...row, version: `v${number}`, actor: { tokenId: actorTokenId, name: actorName } };
}
