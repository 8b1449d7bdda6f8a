/**
 * The edge's storage over Cloudflare's REST API, or over the subset of it that `wrangler dev` serves locally
 * (docs/decisions/0005-cloudflare-api.md). One call each, no retries: those are the reconciler's.
 */
import { createHash } from "node:crypto";
import { createWriteStream, openAsBlob } from "node:fs";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { fail, succeed, type Result } from "../../contract/result.ts";
import {
  OBJECTS_LISTED_MAX,
  type DataStorage,
  type EdgeStorage,
  type ListedObject,
  type ObjectBody,
  type StorageFailure,
} from "./edge-storage.ts";

export interface RestStorageOptions {
  /** Without a slash at the end. */
  baseUrl: string;
  /** Absent: the local API, whose paths have no account. */
  accountId: string | undefined;
  apiToken: string | undefined;
  kvNamespaceId: string;
  r2Bucket: string;
  valueTimeoutMs?: number;
  objectTimeoutMs?: number;
}

const VALUE_TIMEOUT_MS = 10_000;
const OBJECT_TIMEOUT_MS = 120_000;
const DETAIL_LENGTH_MAX = 300;

/** What a list of objects answers, in so far as it is read. */
const objectList = z.object({
  success: z.literal(true),
  result: z.array(z.object({ key: z.string(), size: z.number() })),
  /** The cursor of the next page; absent or empty on the last. */
  result_info: z
    .object({
      cursor: z
        .string()
        .nullish()
        .transform((cursor) => cursor ?? undefined),
    })
    .nullish(),
});
/** The most that the API gives; it may give fewer. */
const PAGE_OBJECTS = 1000;
/** A page may be short or empty and still not be the last: so their number is bounded too. */
const PAGES_MAX = 1000;

interface Call {
  name: string;
  url: string;
  timeoutMs: number;
  init?: RequestInit;
}

export function restStorage(options: RestStorageOptions): EdgeStorage & DataStorage {
  const { baseUrl, accountId, apiToken, valueTimeoutMs = VALUE_TIMEOUT_MS, objectTimeoutMs = OBJECT_TIMEOUT_MS } = options;
  const account = accountId === undefined ? baseUrl : `${baseUrl}/accounts/${encodeURIComponent(accountId)}`;
  const headers: Record<string, string> = apiToken === undefined ? {} : { authorization: `Bearer ${apiToken}` };
  const values = `${account}/storage/kv/namespaces/${encodeURIComponent(options.kvNamespaceId)}/values`;
  const objects = `${account}/r2/buckets/${encodeURIComponent(options.r2Bucket)}/objects`;

  const valueCall = (method: string, key: string, init: RequestInit = {}): Call => ({
    name: `KV ${method} ${key}`,
    url: `${values}/${encodeURIComponent(key)}`,
    timeoutMs: valueTimeoutMs,
    init: { ...init, method, headers },
  });
  const objectCall = (method: string, key: string, init: RequestInit = {}): Call => ({
    name: `R2 ${method} ${key}`,
    url: `${objects}/${accountId === undefined ? encodeURIComponent(key) : encodeSegments(key)}`,
    timeoutMs: objectTimeoutMs,
    init: { ...init, method, headers: { ...headers, ...(init.headers as Record<string, string> | undefined) } },
  });

  return {
    getValue: (key) => send(valueCall("GET", key), (response) => response.text()),
    putValue: (key, body) => confirmed(valueCall("PUT", key, { body })),
    deleteValue: (key) => confirmed(valueCall("DELETE", key)),
    digestObject: (key) => send(objectCall("GET", key), digestBody),
    async putObject(key, { contentType, content }: ObjectBody) {
      // A file-backed Blob is read while it is sent, and gives the request its Content-Length.
      const body = "path" in content ? await openAsBlob(content.path) : content.text;
      return confirmed(objectCall("PUT", key, { body, headers: { "content-type": contentType } }));
    },
    async listObjects(prefix) {
      const found: ListedObject[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < PAGES_MAX; page++) {
        const query = new URLSearchParams({ prefix, per_page: String(PAGE_OBJECTS), ...(cursor !== undefined && { cursor }) });
        const name = `R2 LIST ${prefix}`;
        const url = `${objects}?${query.toString()}`;
        const call = { name, url, timeoutMs: valueTimeoutMs, init: { method: "GET", headers } };
        const listed = await send(call, async (response) => objectList.parse(await response.json()));
        if (!listed.ok) return listed;
        if (listed.value === null) return fail({ reason: "refused", call: name, status: 404, detail: "there is no such bucket" });
        found.push(...listed.value.result.map(({ key, size }) => ({ key, bytes: size })));
        if (found.length > OBJECTS_LISTED_MAX) break;
        cursor = listed.value.result_info?.cursor;
        if (cursor === undefined || cursor === "") return succeed(found);
      }
      return fail({ reason: "list_too_long", call: `R2 LIST ${prefix}`, objects: found.length });
    },
    async fetchObject(key, path) {
      const fetched = await send(objectCall("GET", key), async ({ body }) => {
        const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
        await pipeline(body ?? [], file);
        return true;
      });
      return fetched.ok ? succeed(fetched.value ?? false) : fetched;
    },
  };
}

// --- Not exported ---

/** The real API takes an object key with its slashes, as wrangler sends it; the local one takes it as one segment. */
const encodeSegments = (key: string): string => key.split("/").map(encodeURIComponent).join("/");

async function confirmed(call: Call): Promise<Result<void, StorageFailure>> {
  const sent = await send(call, async (response) => ((await response.json()) as { success?: boolean }).success === true);
  if (!sent.ok) return sent;
  if (sent.value === true) return succeed(undefined);
  if (sent.value === null && call.init?.method === "DELETE") return succeed(undefined);
  return fail({ reason: "refused", call: call.name, status: sent.value === null ? 404 : 200, detail: "not confirmed" });
}

/** Sends one request; null when the answer is 404. */
async function send<Value>(
  call: Call,
  read: (response: Response) => Promise<Value>,
): Promise<Result<Value | null, StorageFailure>> {
  const { name, url, timeoutMs, init } = call;
  try {
    // A redirect is never followed: it would take the bearer token elsewhere.
    const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    if (response.ok) return succeed(await read(response));
    const detail = (await response.text()).slice(0, DETAIL_LENGTH_MAX);
    if (response.status === 404 && isMissing(init?.method)) return succeed(null);
    return fail(failureOfStatus(name, response, detail));
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError")
      return fail({ reason: "timed_out", call: name, afterMs: timeoutMs });
    return fail({ reason: "unreachable", call: name, detail: causeOf(error) });
  }
}

const isMissing = (method: string | undefined): boolean => method === "GET" || method === "DELETE";

function failureOfStatus(call: string, response: Response, detail: string): StorageFailure {
  const { status } = response;
  const retryAfterMs = retryAfterMsOf(response.headers.get("retry-after"));
  if (status === 429) return { reason: "rate_limited", call, retryAfterMs };
  if (status >= 500) return { reason: "server_error", call, status, detail, retryAfterMs };
  return { reason: "refused", call, status, detail };
}

/** Cloudflare sends seconds; the form with a date is not used by it. */
function retryAfterMsOf(header: string | null): number | null {
  const seconds = header === null || header.trim() === "" ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

async function digestBody(response: Response): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** undici says "fetch failed"; what failed is its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return (cause?.code ?? cause?.message ?? error.message).slice(0, DETAIL_LENGTH_MAX);
}
