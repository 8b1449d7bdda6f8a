/** Retraining configurations in the registry: setting one, the one in force, the history. A configuration is never changed, only followed. */
import { and, desc, eq, max } from "drizzle-orm";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { retrainConfig, type RetrainConfig } from "../../api/retrain-config-schema.ts";
import type { ConfigAnswer } from "../../api/retrain-schemas.ts";
import type { RetrainFailure } from "../../failure.ts";
import { appendAudit, type ActContext } from "../../registry/audit.ts";
import type { Queries } from "../../registry/database.ts";
import { retrainConfigs } from "../../registry/retrain-schema.ts";

const REVISIONS_MAX = 200;

export async function setConfig(
  db: Queries,
  context: ActContext,
  model: string,
  { config, reason }: { config: RetrainConfig; reason: string },
): Promise<ConfigAnswer> {
  const [newest] = await db
    .select({ revision: max(retrainConfigs.revision) })
    .from(retrainConfigs)
    .where(eq(retrainConfigs.model, model));
  const { actor, now } = context;
  const [row] = await db
    .insert(retrainConfigs)
    .values({
      model,
      revision: (newest?.revision ?? 0) + 1,
      config,
      reason,
      at: now.toISOString(),
      actorTokenId: actor.tokenId,
      actorName: actor.name,
    })
    .returning();
  if (!row) throw new Error("a retraining configuration was inserted and did not come back");
  await appendAudit(db, context, { act: "retrain_configured", model, reason, details: { revision: row.revision } });
  return toAnswer(row);
}

/** The configuration in force. */
export async function findConfig(db: Queries, model: string): Promise<Result<ConfigAnswer, RetrainFailure>> {
  const [newest] = await newestFirst(db, model, 1);
  return newest ? succeed(newest) : fail({ reason: "retrain_not_configured", model });
}

/** One revision; it must be there, because a run names it. */
export async function configOfRevision(db: Queries, model: string, revision: number): Promise<RetrainConfig> {
  const [row] = await db
    .select()
    .from(retrainConfigs)
    .where(and(eq(retrainConfigs.model, model), eq(retrainConfigs.revision, revision)));
  if (!row) throw new Error(`a run of ${model} names configuration ${revision}, which is not in the registry`);
  return toAnswer(row).config;
}

/** Newest first. */
export const listConfigs = (db: Queries, model: string): Promise<ConfigAnswer[]> => newestFirst(db, model, REVISIONS_MAX);

/** Every configured line with its configuration in force. */
export async function allConfigs(db: Queries): Promise<ConfigAnswer[]> {
  const lines = await db.selectDistinct({ model: retrainConfigs.model }).from(retrainConfigs);
  const found = await Promise.all(lines.map(({ model }) => newestFirst(db, model, 1)));
  return found.flat();
}

// --- Not exported ---

async function newestFirst(db: Queries, model: string, limit: number): Promise<ConfigAnswer[]> {
  const rows = await db
    .select()
    .from(retrainConfigs)
    .where(eq(retrainConfigs.model, model))
    .orderBy(desc(retrainConfigs.revision))
    .limit(limit);
  return rows.map(toAnswer);
}

function toAnswer({ actorTokenId, actorName, config, ...row }: typeof retrainConfigs.$inferSelect): ConfigAnswer {
  // Parsed anew, so that what an older release stored gets the defaults of what was added since.
  return { ...row, config: retrainConfig.parse(config), by: { tokenId: actorTokenId, name: actorName } };
}
