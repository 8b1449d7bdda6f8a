import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canonicalJson } from "../../contract/canonical-json.ts";
import { manifest as manifestSchema } from "../../contract/manifest.ts";
import { startTestControlPlane, type AnyJson, type TestControlPlane } from "../testing/test-control-plane.ts";

let plane: TestControlPlane;

beforeEach(async () => {
  plane = await startTestControlPlane({ ARTIFACT_BYTES_MAX: "100000" });
});
afterEach(() => plane.close());

const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
const files = (): { artifacts: string[]; uploads: string[] } => ({
  artifacts: readdirSync(join(plane.directory, "artifacts")),
  uploads: readdirSync(join(plane.directory, "uploads")),
});

async function expectNothingLeft(): Promise<void> {
  expect(files()).toEqual({ artifacts: [], uploads: [] });
  const { registry } = plane.controlPlane.registration;
  for (const table of ["models", "versions", "version_tags", "version_metrics", "stage_moves", "outbox", "releases"]) {
    expect(await registry.read((db) => db.all(sql.raw(`SELECT * FROM ${table}`)))).toEqual([]);
  }
  expect(await registry.read((db) => db.all(sql`SELECT * FROM audit_log WHERE act = 'register'`))).toEqual([]);
}

/** Sends a body as it is. */
async function send(body: string | ReadableStream, contentType?: string): Promise<{ status: number; body: AnyJson }> {
  const headers = {
    host: "localhost",
    authorization: `Bearer ${plane.adminToken}`,
    ...(contentType === undefined ? {} : { "content-type": contentType }),
  };
  const init = { method: "POST", headers, body, duplex: "half" };
  const response = await plane.app.request("/api/models/m/versions", init as RequestInit);
  return { status: response.status, body: await response.json() };
}

const part = (name: string, content: string, more = "") =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;

describe("registering", () => {
  it("stores the version with its file, manifest, tags, metrics and history", async () => {
    const metadata = { description: "first", tags: { team: "air" }, metrics: { rmse: 21.324 }, sha256: sha256("content") };
    const { status, body } = await plane.register("m", "content", metadata);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      model: "m",
      version: "v1",
      stage: "development",
      description: "first",
      tags: { team: "air" },
      metrics: { rmse: 21.324 },
      artifact: { sha256: sha256("content"), bytes: 7 },
      createdBy: { name: "admin" },
    });
    expect(files()).toEqual({ artifacts: [`${sha256("content")}.onnx`], uploads: [] });
    expect(statSync(join(plane.directory, "artifacts", `${sha256("content")}.onnx`)).mode & 0o777).toBe(0o600);
    expect((await plane.call("GET", "/api/models/m/history")).body.moves).toMatchObject([
      { from: null, to: "development", act: "register" },
    ]);
  });

  it("makes a manifest whose stored bytes are canonical and have the digest that is shown", async () => {
    const { body } = await plane.register("m", "content", { metrics: { rmse: 1 } });
    const response = await plane.app.request("/api/models/m/versions/v1/manifest", {
      headers: { host: "localhost", authorization: `Bearer ${plane.adminToken}` },
    });
    const text = await response.text();
    expect(sha256(text)).toBe(body.manifest.sha256);
    expect(response.headers.get("etag")).toBe(`"${body.manifest.sha256}"`);
    const manifest = manifestSchema.parse(JSON.parse(text));
    expect(canonicalJson(JSON.parse(text))).toBe(text);
    expect(manifest).toMatchObject({ model: "m", version: "v1", baseline: { rmse: 1 } });
    expect(manifest.artifact.key).toBe(`models/m/${sha256("content")}.onnx`);
  });

  it("numbers versions of each model by themselves, also when they come at once", async () => {
    const answers = await Promise.all([
      ...[1, 2, 3, 4].map((n) => plane.register("m", `content ${n}`)),
      ...[1, 2].map((n) => plane.register("other", `content ${n}`)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201]);
    const names = answers.map(({ body }) => `${body.model} ${body.version}`).toSorted();
    expect(names).toEqual(["m v1", "m v2", "m v3", "m v4", "other v1", "other v2"]);
  });

  it("takes the metadata before or after the artifact, as a field or as a file, and none at all", async () => {
    const orders = [
      part("metadata", '{"description":"d"}') + part("artifact", "one", '; filename="a"'),
      part("artifact", "two", '; filename="a"') + part("metadata", '{"description":"d"}'),
      part("artifact", "three") + part("metadata", '{"description":"d"}', '; filename="m.json"'),
    ];
    for (const body of orders) {
      expect(await send(`${body}--b--\r\n`, "multipart/form-data; boundary=b")).toMatchObject({
        status: 201,
        body: { description: "d" },
      });
    }
    expect(await send(`${part("artifact", "four")}--b--\r\n`, "multipart/form-data; boundary=b")).toMatchObject({ status: 201 });
  });

  it("names the version that was made from the same bytes, and keeps its file", async () => {
    await plane.register("m", "content");
    expect(await plane.register("m", "content")).toMatchObject({
      status: 409,
      body: { code: "version_exists", details: { version: "v1", sha256: sha256("content") } },
    });
    expect(files().artifacts).toHaveLength(1);
    expect((await plane.register("other", "content")).status).toBe(201);
  });

  it("lets one of two equal uploads at once through", async () => {
    const answers = await Promise.all([plane.register("m", "content"), plane.register("m", "content")]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect(files()).toEqual({ artifacts: [`${sha256("content")}.onnx`], uploads: [] });
  });
});

describe("what is refused leaves no row and no file", () => {
  const refusals: [string, () => Promise<{ status: number; body: AnyJson }>, object][] = [
    [
      "an artifact that the inspection refuses",
      () => plane.register("m", "refuse this"),
      { status: 422, body: { code: "artifact_refused", details: { reason: "not_onnx" } } },
    ],
    [
      "an upload whose digest is not the claimed one",
      () => plane.register("m", "content", { sha256: "0".repeat(64) }),
      { status: 422, body: { code: "artifact_refused", details: { reason: "digest_mismatch", got: sha256("content") } } },
    ],
    [
      "an artifact over the limit",
      () => plane.register("m", "x".repeat(100_001)),
      { status: 413, body: { code: "body_too_large" } },
    ],
    [
      "unknown metadata",
      () => plane.register("m", "content", { stages: "production" }),
      { status: 400, body: { code: "body_invalid" } },
    ],
    [
      "a stage that is not for registering",
      () => plane.register("m", "content", { stage: "production" }),
      { status: 400, body: { code: "body_invalid" } },
    ],
    [
      "a metric that is no number",
      () => plane.register("m", "content", { metrics: { rmse: null } }),
      { status: 400, body: { code: "body_invalid" } },
    ],
    [
      "metadata that is not JSON",
      () => send(`${part("artifact", "content")}${part("metadata", "{")}--b--\r\n`, "multipart/form-data; boundary=b"),
      { status: 400, body: { code: "body_not_json" } },
    ],
    [
      "metadata over the limit",
      () =>
        send(
          `${part("artifact", "content")}${part("metadata", " ".repeat(1_048_577))}--b--\r\n`,
          "multipart/form-data; boundary=b",
        ),
      { status: 413, body: { code: "body_too_large", details: { part: "metadata" } } },
    ],
    [
      "no artifact",
      () => send(`${part("metadata", "{}")}--b--\r\n`, "multipart/form-data; boundary=b"),
      { status: 400, body: { code: "body_invalid" } },
    ],
    [
      "two artifacts",
      () => send(`${part("artifact", "one")}${part("artifact", "two")}--b--\r\n`, "multipart/form-data; boundary=b"),
      { status: 400, body: { code: "body_invalid" } },
    ],
    [
      "a part of another name",
      () => send(`${part("artifact", "one")}${part("extra", "two")}--b--\r\n`, "multipart/form-data; boundary=b"),
      { status: 400, body: { code: "body_invalid" } },
    ],
    [
      "a body that ends in the middle of the artifact",
      () => send(part("artifact", "content").slice(0, -4), "multipart/form-data; boundary=b"),
      { status: 400, body: { code: "body_invalid" } },
    ],
    ["multipart without a boundary", () => send("x", "multipart/form-data"), { status: 400, body: { code: "body_invalid" } }],
    ["another type of body", () => send("{}", "application/json"), { status: 415, body: { code: "media_type_unsupported" } }],
  ];

  it.each(refusals)("%s", async (_name, act, expected) => {
    expect(await act()).toMatchObject(expected);
    await expectNothingLeft();
  });

  it("a caller that goes away in the middle", async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(part("artifact", "content").slice(0, -2)));
        setTimeout(() => controller.error(new Error("gone")), 20);
      },
    });
    expect((await send(body, "multipart/form-data; boundary=b")).status).toBe(400);
    await expectNothingLeft();
  });
});

describe("an upload over the limit", () => {
  it("is stopped while it comes in: what was not sent yet is never asked for", async () => {
    let sentBytes = 0;
    const chunk = new Uint8Array(10_000);
    const body = new ReadableStream(
      {
        pull(controller) {
          if (sentBytes === 0) controller.enqueue(new TextEncoder().encode(part("artifact", "").slice(0, -2)));
          sentBytes += chunk.byteLength;
          controller.enqueue(chunk);
          if (sentBytes > 50_000_000) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    expect((await send(body, "multipart/form-data; boundary=b")).status).toBe(413);
    expect(sentBytes).toBeLessThan(1_000_000);
    await expectNothingLeft();
  });
});

describe("the artifact", () => {
  it("is downloaded byte for byte with its digest as the ETag, and not again when the caller has it", async () => {
    await plane.register("m", "content");
    const headers = { host: "localhost", authorization: `Bearer ${plane.adminToken}` };
    const path = "/api/models/m/versions/v1/artifact";
    const response = await plane.app.request(path, { headers });
    expect(response.headers.get("etag")).toBe(`"${sha256("content")}"`);
    expect(await response.text()).toBe("content");
    const again = await plane.app.request(path, { headers: { ...headers, "if-none-match": `"${sha256("content")}"` } });
    expect(again.status).toBe(304);
    const head = await plane.app.request(path, { method: "HEAD", headers });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "7", ""]);
  });

  it("is what is on disk under its name", async () => {
    const { body } = await plane.register("m", "content");
    expect(sha256(readFileSync(join(plane.directory, "artifacts", `${body.artifact.sha256}.onnx`)))).toBe(body.artifact.sha256);
  });
});
