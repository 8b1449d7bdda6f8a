import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startCloudflareDouble, type CloudflareDouble, type Fate } from "../testing/cloudflare-double.ts";
import { restStorage } from "./rest-storage.ts";
import { storageFailureSentence } from "./edge-storage.ts";

let double: CloudflareDouble;
let directory: string;

beforeEach(async () => {
  double = await startCloudflareDouble();
  directory = mkdtempSync(join(tmpdir(), "edgewise-storage-"));
});
afterEach(async () => {
  await double.close();
  rmSync(directory, { recursive: true, force: true });
});

const storage = (more: Partial<Parameters<typeof restStorage>[0]> = {}) =>
  restStorage({
    baseUrl: double.url,
    accountId: undefined,
    apiToken: "token",
    kvNamespaceId: "releases",
    r2Bucket: "bucket",
    ...more,
  });

describe("restStorage", () => {
  it("writes, reads and deletes values, and says null of one that is not there", async () => {
    const kv = storage();
    expect(await kv.putValue("release:m", "é")).toEqual({ ok: true, value: undefined });
    expect(await kv.getValue("release:m")).toEqual({ ok: true, value: "é" });
    expect(await kv.deleteValue("release:m")).toEqual({ ok: true, value: undefined });
    expect(await kv.getValue("release:m")).toEqual({ ok: true, value: null });
    expect(await kv.deleteValue("release:m")).toEqual({ ok: true, value: undefined });
  });

  it("uploads a file and reads back its digest and size", async () => {
    const path = join(directory, "artifact");
    const bytes = Buffer.alloc(3_000_000, "x");
    writeFileSync(path, bytes);
    const r2 = storage();
    expect(await r2.digestObject("models/m/a.onnx")).toEqual({ ok: true, value: null });
    await r2.putObject("models/m/a.onnx", { contentType: "application/octet-stream", content: { path } });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(await r2.digestObject("models/m/a.onnx")).toEqual({ ok: true, value: { sha256, bytes: 3_000_000 } });
  });

  it("lists every object below a prefix, page by page, and no other", async () => {
    for (let at = 0; at < 2_345; at++)
      double.objects.set(`truth/${String(at).padStart(5, "0")}.csv`, Buffer.from("x".repeat(at % 7)));
    double.objects.set("other/a.csv", Buffer.from("x"));
    const listed = await storage().listObjects("truth/");
    if (!listed.ok) throw new Error(storageFailureSentence(listed.failure));
    expect(listed.value.map(({ key }) => key)).toEqual([...double.objects.keys()].filter((key) => key.startsWith("truth/")));
    expect(listed.value[6]).toEqual({ key: "truth/00006.csv", bytes: 6 });
    expect(double.names()).toEqual(Array.from({ length: 3 }, () => "R2 LIST truth/"));
    expect(await storage().listObjects("none/")).toEqual({ ok: true, value: [] });
  });

  it("says of a list that does not end, of a missing bucket and of a token that is denied, what it is", async () => {
    for (let at = 0; at < 1_001; at++) double.objects.set(`truth/${String(at).padStart(5, "0")}.csv`, Buffer.from("x"));
    double.pageObjects = 1;
    const endless = await storage().listObjects("truth/");
    expect(endless).toMatchObject({ ok: false, failure: { reason: "list_too_long", objects: 1_000 } });
    double.decide = () => ({ state: "fail", status: 404 });
    const missing = await storage().listObjects("truth/");
    expect(missing).toMatchObject({ ok: false, failure: { reason: "refused", status: 404, detail: "there is no such bucket" } });
    double.decide = () => ({ state: "fail", status: 403 });
    const denied = await storage().listObjects("truth/");
    expect(denied).toMatchObject({ ok: false, failure: { reason: "refused", status: 403 } });
  });

  it.each<[string, Fate, object]>([
    ["rate limiting", { state: "fail", status: 429, retryAfterSeconds: 7 }, { reason: "rate_limited", retryAfterMs: 7000 }],
    ["rate limiting without a time", { state: "fail", status: 429 }, { reason: "rate_limited", retryAfterMs: null }],
    [
      "a fault of the other side",
      { state: "fail", status: 503, retryAfterSeconds: 1 },
      { reason: "server_error", status: 503, retryAfterMs: 1000 },
    ],
    ["a refusal", { state: "fail", status: 403 }, { reason: "refused", status: 403 }],
    ["silence", { state: "hang" }, { reason: "timed_out", afterMs: 50 }],
  ])("tells %s", async (_name, fate, failure) => {
    double.decide = () => fate;
    const result = await storage({ valueTimeoutMs: fate.state === "hang" ? 50 : 10_000 }).putValue("release:m", "x");
    expect(result).toMatchObject({ ok: false, failure: { call: "KV PUT release:m", ...failure } });
    if (!result.ok) expect(storageFailureSentence(result.failure)).toMatch(/^KV PUT release:m: \S/);
  });

  it("tells an address where nobody listens", async () => {
    await double.close();
    expect(await storage().getValue("k")).toMatchObject({
      ok: false,
      failure: { reason: "unreachable", detail: "ECONNREFUSED" },
    });
  });
});

describe("a request", () => {
  it("has the account, the encoded key and the bearer token, and follows no redirect with them", async () => {
    const seen: { url: string | undefined; authorization: string | undefined }[] = [];
    const server = createServer((request, response) => {
      seen.push({ url: request.url, authorization: request.headers.authorization });
      response.writeHead(307, { location: "http://127.0.0.1:9/elsewhere" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const accountId = "0".repeat(32);
    const local = storage({ baseUrl });
    const real = storage({ baseUrl, accountId });
    expect(await local.getValue("release:m")).toMatchObject({ ok: false, failure: { reason: "refused", status: 307 } });
    await local.digestObject("models/m/a.onnx");
    await real.getValue("release:m");
    await real.digestObject("models/m/a b.onnx");
    expect(seen.map(({ url }) => url)).toEqual([
      "/storage/kv/namespaces/releases/values/release%3Am",
      "/r2/buckets/bucket/objects/models%2Fm%2Fa.onnx",
      `/accounts/${accountId}/storage/kv/namespaces/releases/values/release%3Am`,
      `/accounts/${accountId}/r2/buckets/bucket/objects/models/m/a%20b.onnx`,
    ]);
    expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer token"]));
    await new Promise((resolve) => server.close(resolve));
  });
});
