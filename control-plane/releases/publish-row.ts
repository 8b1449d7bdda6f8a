/**
 * Publishes one outbox row: objects to R2 and read back, then the key to KV and read back. Every step may be repeated after a kill at any
 * point: what is already as it should be is left alone. It keeps no state and does not retry (reconciler.ts does).
 */
import { access } from "node:fs/promises";
import { release as releaseSchema, stagedRecord, type ReleaseTarget } from "../../contract/release.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { EdgeStorage, ObjectBody, StorageFailure } from "../cloudflare/edge-storage.ts";
import type { OutboxRow } from "./outbox.ts";
import type { PublishFailure } from "./publish-failure.ts";
import type { ReleaseKey } from "./release-key.ts";

export interface PublishTools {
  storage: EdgeStorage;
  key: ReleaseKey;
  artifactPath(sha256: string): string;
  manifestJson(model: string, version: string): Promise<string>;
  /** Waits until the key may be written; false when the row shall not be written any more. */
  mayWrite(row: OutboxRow): Promise<boolean>;
  /** Called when a write of the row's key has ended, however it ended. */
  wrote(row: OutboxRow): void;
  /** Waits before another look at a key that does not show its new value yet; false when stopping. */
  pause(attempt: number): Promise<boolean>;
}

/** KV may show a written value only after a moment. Longer than this is left to the next attempt. */
const READ_BACKS_MAX = 6;

export async function publishRow(row: OutboxRow, tools: PublishTools): Promise<Result<void, PublishFailure>> {
  for (const target of targetsOf(row)) {
    const published = await publishTarget(row.model, target, tools);
    if (!published.ok) return published;
  }
  const current = await tools.storage.getValue(row.kvKey);
  if (!current.ok) return storage(current);
  if (current.value === row.kvValue) return succeed(undefined);
  const ahead = generationAhead(row, current.value, tools.key);
  if (ahead) return fail(ahead);
  if (!(await tools.mayWrite(row))) return fail({ reason: "given_up" });
  const written = await writeValue(row, tools);
  if (!written.ok) return storage(written);
  for (let attempt = 0; attempt < READ_BACKS_MAX; attempt++) {
    const seen = await tools.storage.getValue(row.kvKey);
    if (!seen.ok) return storage(seen);
    if (seen.value === row.kvValue) return succeed(undefined);
    if (!(await tools.pause(attempt))) return fail({ reason: "given_up" });
  }
  return fail({ reason: "value_differs", key: row.kvKey });
}

// --- Not exported ---

function targetsOf({ kvValue, generation }: OutboxRow): ReleaseTarget[] {
  if (kvValue === null) return [];
  const record: unknown = JSON.parse(kvValue);
  if (generation === null) return [stagedRecord.parse(record).target];
  const { stable, canary, shadow } = releaseSchema.parse(record);
  return [stable, canary, shadow].filter((target) => target !== null);
}

async function publishTarget(
  model: string,
  { version, artifact, manifest, errorModel }: ReleaseTarget,
  tools: PublishTools,
): Promise<Result<void, PublishFailure>> {
  for (const file of errorModel ? [artifact, errorModel] : [artifact]) {
    const path = tools.artifactPath(file.sha256);
    const body: ObjectBody = { contentType: "application/octet-stream", content: { path } };
    const published = await publishObject(file, body, tools.storage);
    if (!published.ok) return published;
  }
  const text = await tools.manifestJson(model, version);
  return publishObject(manifest, { contentType: "application/json", content: { text } }, tools.storage);
}

async function publishObject(
  { key, sha256 }: { key: string; sha256: string },
  body: ObjectBody,
  to: EdgeStorage,
): Promise<Result<void, PublishFailure>> {
  const before = await to.digestObject(key);
  if (!before.ok) return storage(before);
  if (before.value?.sha256 === sha256) return succeed(undefined);
  if ("path" in body.content && !(await isReadable(body.content.path))) {
    return fail({ reason: "artifact_not_on_disk", path: body.content.path });
  }
  const put = await to.putObject(key, body);
  if (!put.ok) return storage(put);
  const after = await to.digestObject(key);
  if (!after.ok) return storage(after);
  const gotSha256 = after.value?.sha256 ?? null;
  return gotSha256 === sha256 ? succeed(undefined) : fail({ reason: "object_differs", key, expectedSha256: sha256, gotSha256 });
}

async function writeValue(row: OutboxRow, tools: PublishTools): Promise<Result<void, StorageFailure>> {
  try {
    return row.kvValue === null
      ? await tools.storage.deleteValue(row.kvKey)
      : await tools.storage.putValue(row.kvKey, row.kvValue);
  } finally {
    tools.wrote(row);
  }
}

/** Only a release that we signed ourselves counts: whoever can write to KV must not be able to stop us with a made-up generation. */
function generationAhead({ kvKey, generation }: OutboxRow, value: string | null, key: ReleaseKey): PublishFailure | undefined {
  if (generation === null || value === null) return undefined;
  let record: unknown;
  try {
    record = JSON.parse(value);
  } catch {
    return undefined;
  }
  const published = releaseSchema.safeParse(record);
  if (!published.success || published.data.generation < generation || !key.isSigned(published.data)) return undefined;
  return { reason: "generation_behind", key: kvKey, generation, publishedGeneration: published.data.generation };
}

async function isReadable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const storage = ({ failure }: { failure: StorageFailure }): { ok: false; failure: PublishFailure } =>
  fail({ reason: "storage", failure });
