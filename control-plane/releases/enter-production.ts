/**
 * Makes a version the production version of its model: archives the one before it, signs the next release and puts it into the outbox, all
 * within the caller's transaction. Promote and rollback share it; whether the move is allowed is theirs to decide.
 */
import { and, eq } from "drizzle-orm";
import { canonicalJson, type JsonValue } from "../../contract/canonical-json.ts";
import { releaseKey } from "../../contract/names.ts";
import type { Release } from "../../contract/release.ts";
import { servedTargetOf } from "../error-model/error-model-records.ts";
import type { GatesPassed } from "../gates/require-verdicts.ts";
import { appendAudit, type ActContext } from "../registry/audit.ts";
import type { Queries } from "../registry/database.ts";
import { recordMove } from "../registry/history.ts";
import { releases, versions } from "../registry/schema.ts";
import type { VersionRow } from "../registry/versions.ts";
import { currentRelease } from "./current-release.ts";
import type { Moved } from "./moved.ts";
import { nextRelease } from "./next-release.ts";
import { enqueue } from "./outbox.ts";
import type { ReleaseKey } from "./release-key.ts";
import { enqueueUnstaged } from "./staged.ts";

/** A promotion needs the proof that its gates passed; a rollback asks none, and the history says so. */
export type Entry = { row: VersionRow; reason: string } & (
  | { act: "promote"; gates: GatesPassed }
  /** `evidence`: what an automatic rollback stood on. */
  | { act: "rollback"; evidence?: Record<string, unknown> }
);

export async function enterProduction(db: Queries, key: ReleaseKey, context: ActContext, entry: Entry): Promise<Moved> {
  const { row, act, reason } = entry;
  const { model, number, stage: from } = row;
  const { now } = context;
  const target = await servedTargetOf(db, row);
  const release = key.signRelease(nextRelease(await currentRelease(db, model), { act, model, target, now }));
  const { generation } = release;
  const [replaced] = await db
    .select()
    .from(versions)
    .where(and(eq(versions.model, model), eq(versions.stage, "production")));
  const move = { model, act, reason, generation };
  // The old one first: the registry allows one production version of a model at any moment.
  if (replaced) await recordMove(db, context, { ...move, number: replaced.number, from: "production", to: "archived" });
  const gates = entry.act === "promote" ? { gateRun: entry.gates.run } : {};
  await recordMove(db, context, { ...move, ...gates, number, from, to: "production" });
  const outboxId = await publishRelease(db, release, now);
  if (from === "staging") await enqueueUnstaged(db, row, now);
  const evidence = entry.act === "rollback" && entry.evidence !== undefined ? { evidence: entry.evidence } : {};
  const gateRun = gates.gateRun ?? "skipped";
  const details = { generation, from, replaced: replaced ? `v${replaced.number}` : null, gateRun, ...evidence };
  await appendAudit(db, context, { act, model, number, reason, details });
  return { row, act, from, to: "production", at: now, replaced: replaced?.number ?? null, release, outboxId };
}

/** Puts a signed release into the registry and the outbox; answers the outbox row's id. */
export async function publishRelease(db: Queries, release: Release, now: Date): Promise<number> {
  const { model, generation, signature, issuedAt } = release;
  const payload = canonicalJson(release as unknown as JsonValue);
  await db.insert(releases).values({ model, generation, payload, signature, issuedAt });
  return enqueue(db, { model, kvKey: releaseKey(model), kvValue: payload, generation }, now);
}
