/** Where releases and their objects are read: KV and R2, each read bounded in time and size. No verification here (verify.ts). */
import { RELEASE_BYTES_MAX, MANIFEST_BYTES_MAX } from "../../contract/limits.ts";
import { RELEASE_KEY_PREFIX, releaseKey, stagedKey } from "../../contract/names.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { Refusal } from "./refusal.ts";

/** A request in a cold isolate waits for these; a store that hangs must not hold it for long. */
const KV_TIMEOUT_MS = 5_000;
const R2_TIMEOUT_MS = 15_000;

export interface ReleaseStore {
  /** Text of `release:{model}`; null when KV has none. */
  release(model: string): Promise<Result<string | null, Refusal>>;
  staged(model: string, version: string): Promise<Result<string | null, Refusal>>;
  /** Model names that KV holds a release for. */
  models(): Promise<Result<string[], Refusal>>;
  artifact(key: string, bytesMax: number): Promise<Result<ArrayBuffer, Refusal>>;
  manifest(key: string): Promise<Result<ArrayBuffer, Refusal>>;
}

export function releaseStore(kv: KVNamespace, r2: R2Bucket, cacheTtl: number): ReleaseStore {
  async function record(key: string): Promise<Result<string | null, Refusal>> {
    const text = await within(KV_TIMEOUT_MS, kv.get(key, { type: "text", cacheTtl }));
    if (!text.ok) return fail({ reason: "release_unreadable", detail: text.failure });
    if (text.value !== null && text.value.length > RELEASE_BYTES_MAX) {
      return fail({
        reason: "release_unreadable",
        detail: `${text.value.length} characters, over the limit of ${RELEASE_BYTES_MAX}`,
      });
    }
    return text;
  }

  async function object(key: string, bytesMax: number): Promise<Result<ArrayBuffer, Refusal>> {
    const got = await within(R2_TIMEOUT_MS, readObject(r2, key, bytesMax));
    return got.ok ? got.value : fail({ reason: "object_unreadable", key, detail: got.failure });
  }

  return {
    release: (model) => record(releaseKey(model)),
    staged: (model, version) => record(stagedKey(model, version)),
    async models() {
      const listed = await within(KV_TIMEOUT_MS, kv.list({ prefix: RELEASE_KEY_PREFIX }));
      if (!listed.ok) return fail({ reason: "release_unreadable", detail: listed.failure });
      return succeed(listed.value.keys.map(({ name }) => name.slice(RELEASE_KEY_PREFIX.length)));
    },
    artifact: object,
    manifest: (key) => object(key, MANIFEST_BYTES_MAX),
  };
}

async function readObject(r2: R2Bucket, key: string, bytesMax: number): Promise<Result<ArrayBuffer, Refusal>> {
  const object = await r2.get(key);
  if (object === null) return fail({ reason: "object_missing", key });
  if (object.size > bytesMax) {
    await object.body.cancel();
    return fail({ reason: "artifact_too_large", bytes: object.size, max: bytesMax });
  }
  return succeed(await object.arrayBuffer());
}

/** The promise's value, or why there is none: it failed, or `limitMs` passed. */
async function within<Value>(limitMs: number, promise: Promise<Value>): Promise<Result<Value, string>> {
  let timer: number | null = null;
  const timeout = new Promise<Result<Value, string>>((resolve) => {
    timer = setTimeout(() => resolve(fail(`no answer within ${limitMs} ms`)), limitMs);
  });
  const outcome = promise.then(succeed, (error: unknown) => fail(error instanceof Error ? error.message : String(error)));
  try {
    return await Promise.race([outcome, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
