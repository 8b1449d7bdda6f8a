/**
 * For tests: an HTTP server with the few calls of Cloudflare's REST API that the control plane makes, on memory. It can fail, delay, apply and
 * then fail, and rate-limit, and keeps a list of what it was asked. Keys and envelopes are as docs/decisions/0005-cloudflare-api.md found.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface DoubleCall {
  kind: "KV" | "R2";
  method: string;
  key: string;
  atMs: number;
}

/** What becomes of a call. `applied`: it takes effect all the same. `hang`: no answer, ever. */
export type Fate =
  | { state: "answer"; delayMs?: number }
  | { state: "fail"; status: number; applied?: boolean; retryAfterSeconds?: number }
  | { state: "hang"; applied?: boolean };

export interface CloudflareDouble {
  url: string;
  values: Map<string, string>;
  objects: Map<string, Buffer>;
  /** Objects of one page of a list, at most. */
  pageObjects: number;
  calls: DoubleCall[];
  /** Decides each call's fate; by default all are answered. */
  decide: (call: DoubleCall) => Fate;
  /** `KV PUT release:m` and so on, in order. */
  names(): string[];
  close(): Promise<void>;
}

const PATH = /^\/(?:accounts\/[0-9a-f]{32}\/)?(?:storage\/kv\/namespaces\/([^/]+)\/values|r2\/buckets\/([^/]+)\/objects)\/(.+)$/;

const LIST = /^\/(?:accounts\/[0-9a-f]{32}\/)?r2\/buckets\/[^/]+\/objects\?(.+)$/;

/** Listens on `port`, or on a free one. */
export async function startCloudflareDouble(port = 0): Promise<CloudflareDouble> {
  const double: Omit<CloudflareDouble, "url" | "close"> = {
    values: new Map(),
    objects: new Map(),
    pageObjects: 1000,
    calls: [],
    decide: () => ({ state: "answer" }),
    names: () => double.calls.map(({ kind, method, key }) => `${kind} ${method} ${key}`),
  };
  const server = createServer((request, response) => void handle(double, request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return Object.assign(double, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function handle(
  double: Omit<CloudflareDouble, "url" | "close">,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, namespace, , rawKey = ""] = PATH.exec(request.url ?? "") ?? [];
  const kind = namespace === undefined ? "R2" : "KV";
  const query = LIST.exec(request.url ?? "")?.[1];
  const list = query === undefined ? undefined : new URLSearchParams(query);
  const key = list?.get("prefix") ?? decodeURIComponent(rawKey);
  const call: DoubleCall = { kind, method: list ? "LIST" : (request.method ?? ""), key, atMs: Date.now() };
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  double.calls.push(call);
  const fate = double.decide(call);
  if (fate.state !== "answer" && fate.applied) apply(double, call, Buffer.concat(chunks));
  if (fate.state === "hang") return;
  if (fate.state === "fail") {
    if (fate.retryAfterSeconds !== undefined) response.setHeader("retry-after", String(fate.retryAfterSeconds));
    return envelope(response, fate.status, false);
  }
  if (fate.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fate.delayMs));
  if (list) return pageOf(double, list, response);
  const got = apply(double, call, Buffer.concat(chunks));
  if (got === undefined) return envelope(response, 404, false);
  if (got === true) return envelope(response, 200, true);
  response.end(got);
}

/** True: done. Undefined: there is no such key. */
function apply(
  { values, objects }: Pick<CloudflareDouble, "values" | "objects">,
  { kind, method, key }: DoubleCall,
  body: Buffer,
): Buffer | true | undefined {
  if (method === "PUT") {
    if (kind === "KV") values.set(key, body.toString());
    else objects.set(key, body);
    return true;
  }
  if (method === "DELETE") {
    values.delete(key);
    return true;
  }
  const value = values.get(key);
  return kind === "KV" ? (value === undefined ? undefined : Buffer.from(value)) : objects.get(key);
}

/** A page of keys in order; the cursor is the last key of the page, and absent from the last page. */
function pageOf(
  { objects, pageObjects }: Pick<CloudflareDouble, "objects" | "pageObjects">,
  list: URLSearchParams,
  response: ServerResponse,
): void {
  const after = list.get("cursor") ?? "";
  const keys = [...objects.keys()].filter((key) => key.startsWith(list.get("prefix") ?? "") && key > after).toSorted();
  const page = keys.slice(0, Math.min(pageObjects, Number(list.get("per_page"))));
  const result = page.map((key) => ({ key, size: objects.get(key)?.byteLength ?? 0 }));
  const isLast = page.length === keys.length;
  const resultInfo = isLast ? { is_truncated: false } : { is_truncated: true, cursor: page.at(-1) };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ success: true, errors: [], messages: [], result, result_info: resultInfo }));
}

function envelope(response: ServerResponse, status: number, success: boolean): void {
  response.writeHead(status, { "content-type": "application/json" });
  const errors = success ? [] : [{ code: 10_000 + status, message: "from the double" }];
  response.end(JSON.stringify({ success, errors, messages: [], result: success ? {} : null }));
}
