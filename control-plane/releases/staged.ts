/** The staged record of a version: written when it enters staging, deleted when it leaves. Desired state only; the reconciler publishes. */
import { canonicalJson, type JsonValue } from "../../contract/canonical-json.ts";
import { stagedKey } from "../../contract/names.ts";
import { RELEASE_SCHEMA } from "../../contract/release.ts";
import type { Queries } from "../registry/database.ts";
import type { VersionRow } from "../registry/versions.ts";
import { enqueue } from "./outbox.ts";
import type { ReleaseKey } from "./release-key.ts";
import { releaseTargetOf } from "./release-target.ts";

/** Answers the outbox row's id. */
export function enqueueStaged(db: Queries, key: ReleaseKey, row: VersionRow, now: Date): Promise<number> {
  const record = key.signStaged({
    schema: RELEASE_SCHEMA,
    kind: "staged",
    model: row.model,
    issuedAt: now.toISOString(),
    target: releaseTargetOf(row),
  });
  const kvValue = canonicalJson(record as unknown as JsonValue);
  return enqueue(db, { model: row.model, kvKey: stagedKey(row.model, `v${row.number}`), kvValue, generation: null }, now);
}

/** Answers the outbox row's id. */
export function enqueueUnstaged(db: Queries, row: VersionRow, now: Date): Promise<number> {
  const kvKey = stagedKey(row.model, `v${row.number}`);
  return enqueue(db, { model: row.model, kvKey, kvValue: null, generation: null }, now);
}
