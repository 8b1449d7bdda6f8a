/** Reading and writing error models in the registry, within the caller's transaction. A later one of a version takes the place of the earlier. */
import { and, desc, eq } from "drizzle-orm";
import { artifactKey } from "../../contract/names.ts";
import type { ReleaseTarget } from "../../contract/release.ts";
import type { Queries } from "../registry/database.ts";
import { errorModels } from "../registry/error-model-schema.ts";
import type { VersionRow } from "../registry/versions.ts";
import { releaseTargetOf } from "../releases/release-target.ts";

export type ErrorModelRow = typeof errorModels.$inferSelect;

export async function newestErrorModel(
  db: Queries,
  { model, number }: Pick<VersionRow, "model" | "number">,
): Promise<ErrorModelRow | undefined> {
  const [row] = await db
    .select()
    .from(errorModels)
    .where(and(eq(errorModels.model, model), eq(errorModels.number, number)))
    .orderBy(desc(errorModels.id))
    .limit(1);
  return row;
}

/** What a release names of a version that answers callers: with its error model, where it has one. */
export async function servedTargetOf(db: Queries, row: VersionRow): Promise<ReleaseTarget> {
  const errorModel = await newestErrorModel(db, row);
  const target = releaseTargetOf(row);
  if (!errorModel) return target;
  const { sha256, bytes } = errorModel;
  return { ...target, errorModel: { key: artifactKey(row.model, sha256), sha256, bytes } };
}
