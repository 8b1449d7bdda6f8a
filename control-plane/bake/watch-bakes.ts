/** Watches every promotion of a model line that has a release policy, for its bake time. All state is in the registry; a kill loses nothing. */
import { and, eq } from "drizzle-orm";
import { succeed } from "../../contract/result.ts";
import type { ReleasePolicy } from "../api/rollout-schemas.ts";
import { liveQuality } from "../quality/live-quality.ts";
import type { ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { bakes } from "../registry/rollout-schema.ts";
import { models } from "../registry/schema.ts";
import type { AnalysisTools } from "../rollouts/analyse-rollout.ts";
import { modelCounts, riseOf, type BakeBaseline } from "../rollouts/baseline.ts";
import type { EdgeCounters } from "../rollouts/rollout-evidence.ts";
import { newestEntry, rollBackAutomatically } from "./automatic-rollback.ts";
import { judgeBake, type BakeEvidence } from "./decide-bake.ts";
import { releasePolicyOf } from "./release-policies.ts";

type BakeRow = typeof bakes.$inferSelect;

const LATENCY_MS_DEFAULT = 100;

/** Answers whether it made a release. */
export async function watchBakes(tools: AnalysisTools, counters: EdgeCounters): Promise<boolean> {
  const { registry } = tools;
  let isReleased = false;
  const names = await registry.read((db) => db.select({ name: models.name }).from(models));
  for (const { name } of names) {
    const policy = await registry.read((db) => releasePolicyOf(db, name));
    if (policy && (await watchModel(tools, counters, name, policy))) isReleased = true;
  }
  return isReleased;
}

/** One model line's part of it. */
export async function watchModel(
  tools: AnalysisTools,
  counters: EdgeCounters,
  model: string,
  policy: ReleasePolicy,
): Promise<boolean> {
  const { registry, gateTools, timelineHours, now, log } = tools;
  const counts = counters && modelCounts(counters, model, policy.p95MsMax ?? LATENCY_MS_DEFAULT);
  const watched = await registry.write(async (db) => {
    const at = now();
    const bake = await bakeOf(db, model, policy, at);
    if (!bake) return succeed(undefined);
    if (at.getTime() >= Date.parse(bake.endsAt)) {
      await setBake(db, bake, { state: "passed", endedAt: at.toISOString(), text: "the bake time passed without a failure" });
      return succeed(undefined);
    }
    const current = counts && { arm: counts.of(`v${bake.number}`), refusals: counts.refusals };
    const rise = current && riseSince(current, bake.baseline);
    if (current && !rise) await setBake(db, bake, { baseline: current });
    const query = { model, version: `v${bake.number}`, from: new Date(bake.startedAt), to: at };
    const { count, rmse } = await liveQuality(db, query);
    const evidence: BakeEvidence = { arm: rise?.arm, refusals: rise?.refusals, quality: { count, rmse } };
    const findings = judgeBake(evidence, policy);
    const failed = findings.filter(({ outcome }) => outcome === "fail");
    if (failed.length === 0) return succeed(undefined);
    const context: ActContext = { actor: AUTOMATIC, requestId: `bake-${bake.id}`, now: at };
    const why = failed.map(({ metric, text }) => `${metric}: ${text}`).join("; ");
    return succeed(await rollBackAutomatically(db, gateTools.key, context, { model, policy, why, findings }, timelineHours));
  });
  if (!watched.ok) log.warn({ model, reason: watched.failure.reason }, "a promotion could not be watched");
  return watched.ok && watched.value !== undefined;
}

export const AUTOMATIC = { tokenId: "edgewise", name: "automatic rollback" };

/** The bake under way: a new promotion begins one, and ends the one before. */
async function bakeOf(db: Queries, model: string, { bakeMinutes }: ReleasePolicy, now: Date): Promise<BakeRow | undefined> {
  const entry = await newestEntry(db, model);
  const [watching] = await db
    .select()
    .from(bakes)
    .where(and(eq(bakes.model, model), eq(bakes.state, "watching")));
  const isCurrent = watching !== undefined && watching.generation === entry?.generation;
  if (isCurrent) return watching;
  if (watching)
    await setBake(db, watching, { state: "ended", endedAt: now.toISOString(), text: "another version took its place" });
  if (!entry || entry.generation === null || entry.act === "rollback") return undefined;
  const endsAt = new Date(Date.parse(entry.at) + bakeMinutes * 60_000);
  if (!(now < endsAt)) return undefined;
  const [made] = await db
    .insert(bakes)
    .values({
      model,
      number: entry.number,
      generation: entry.generation,
      state: "watching",
      startedAt: entry.at,
      endsAt: endsAt.toISOString(),
      text: "",
      findings: [],
    })
    .onConflictDoNothing()
    .returning();
  return made;
}

async function setBake(db: Queries, { id }: BakeRow, set: Partial<BakeRow>): Promise<void> {
  await db.update(bakes).set(set).where(eq(bakes.id, id));
}

function riseSince(now: BakeBaseline, before: BakeBaseline | null): BakeBaseline | undefined {
  const arm = before && riseOf(now.arm, before.arm);
  const refusals = now.refusals - (before?.refusals ?? 0);
  return arm && refusals >= 0 ? { arm, refusals } : undefined;
}
