/**
 * Takes a promotion back, or says why it does not, within the caller's transaction: the rollback, one audit row with the evidence, the bake's end, the incident.
 * Whether evidence or an alert asks for it is the caller's to decide.
 */
import { and, desc, eq, isNotNull } from "drizzle-orm";
import type { Finding, ReleasePolicy } from "../api/rollout-schemas.ts";
import type { ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { productionEntries } from "../registry/history.ts";
import { bakes } from "../registry/rollout-schema.ts";
import { stageMoves } from "../registry/schema.ts";
import { rollbackTarget } from "../registry/stages.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import { rollbackModel } from "../releases/rollback.ts";
import { openReleaseIncident } from "../rollouts/release-incident.ts";
import { decideRollback } from "./decide-bake.ts";

export interface RollbackCause {
  model: string;
  policy: ReleasePolicy;
  why: string;
  findings: Finding[];
}

/** The newest entry of a model line into production. */
export async function newestEntry(db: Queries, model: string): Promise<typeof stageMoves.$inferSelect | undefined> {
  const [row] = await db
    .select()
    .from(stageMoves)
    .where(and(eq(stageMoves.model, model), eq(stageMoves.to, "production"), isNotNull(stageMoves.generation)))
    .orderBy(desc(stageMoves.id))
    .limit(1);
  return row;
}

/** Answers the outbox row of the release that it made; undefined when it held back. */
export async function rollBackAutomatically(
  db: Queries,
  key: ReleaseKey,
  context: ActContext,
  { model, policy, why, findings }: RollbackCause,
  timelineHours: number,
): Promise<number | undefined> {
  const entry = await newestEntry(db, model);
  if (!entry || entry.generation === null) return undefined;
  const { number, generation } = entry;
  const target = rollbackTarget(await productionEntries(db, model), undefined);
  const decision = decideRollback(
    {
      cameBy: entry.act === "rollback" ? "rollback" : "promote",
      lastAutomaticMs: await lastAutomaticMs(db, model),
      target: target.ok ? target.value : undefined,
    },
    policy,
    context.now.getTime(),
  );
  const incident = { model, version: `v${number}` };
  if (decision.act === "hold_back") {
    const summary = `v${number} of ${model} was not rolled back automatically: ${decision.why}. ${why}`;
    await endBake(db, context, { model, number, generation, state: "held", text: summary, findings });
    const key = `held-${model}-${generation}`;
    await openReleaseIncident(
      db,
      context,
      { ...incident, key, name: "RollbackHeldBack", severity: "critical", summary },
      timelineHours,
    );
    return undefined;
  }
  const to = `v${decision.target}`;
  const request = { model, to, reason: `automatic: ${why}`.slice(0, 1000), evidence: { why, findings, policy } };
  const moved = await rollbackModel(db, key, context, request);
  // The target was read in this very transaction.
  if (!moved.ok) throw new Error(`an automatic rollback of ${model} to ${to} was refused: ${moved.failure.reason}`);
  const summary = `v${number} of ${model} was rolled back to ${to}, generation ${moved.value.release?.generation}. ${why}`;
  await endBake(db, context, { model, number, generation, state: "rolled_back", text: summary, findings });
  const name = "RolledBackAutomatically" as const;
  const opened = { ...incident, key: `rolled-back-${model}-${generation}`, name, severity: "critical" as const, summary };
  await openReleaseIncident(db, context, opened, timelineHours);
  return moved.value.outboxId ?? undefined;
}

async function lastAutomaticMs(db: Queries, model: string): Promise<number | undefined> {
  const [row] = await db
    .select({ endedAt: bakes.endedAt })
    .from(bakes)
    .where(and(eq(bakes.model, model), eq(bakes.state, "rolled_back")))
    .orderBy(desc(bakes.endedAt))
    .limit(1);
  return row?.endedAt ? Date.parse(row.endedAt) : undefined;
}

/** An alert may come when the promotion is no longer watched, or never was. */
async function endBake(
  db: Queries,
  { now }: ActContext,
  end: Pick<typeof bakes.$inferInsert, "model" | "number" | "generation" | "state" | "text" | "findings">,
): Promise<void> {
  const at = now.toISOString();
  const { state, text, findings } = end;
  await db
    .insert(bakes)
    .values({ ...end, startedAt: at, endsAt: at, endedAt: at })
    .onConflictDoUpdate({ target: [bakes.model, bakes.generation], set: { state, text, findings, endedAt: at } });
}
