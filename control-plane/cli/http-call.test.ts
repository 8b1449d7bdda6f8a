import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import busboy from "@fastify/busboy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { controlPlaneClient } from "./control-plane-client.ts";
import { callJson } from "./http-call.ts";

let handler: (request: IncomingMessage, response: ServerResponse) => void;
const server = createServer((request, response) => handler(request, response));
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const call = (): ReturnType<typeof callJson<z.ZodObject<{ ok: z.ZodBoolean }>>> =>
  callJson(z.object({ ok: z.boolean() }), { peer: "control plane", url });

it("keeps the API's own code and sentence of an error", async () => {
  handler = (_, response) => response.writeHead(409).end('{"error":"moved","code":"release_changed","request_id":"r1"}');
  expect(await call()).toMatchObject({
    ok: false,
    failure: { reason: "refused", status: 409, body: { code: "release_changed" } },
  });
});

it.each([
  ["a page of a proxy", 502, "<html>bad gateway</html>"],
  ["an error of another form", 500, '{"message":"no"}'],
  ["an answer of another form", 200, '{"ok":"yes"}'],
])("calls %s unreadable rather than guessing", async (_, status, body) => {
  handler = (_request, response) => response.writeHead(status).end(body);
  expect(await call()).toMatchObject({ ok: false, failure: { reason: "answer_unreadable", status } });
});

it("says that nobody answers", async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const outcome = await callJson(z.unknown(), { peer: "edge", url: `http://127.0.0.1:${port}/` });
  expect(outcome).toMatchObject({ ok: false, failure: { reason: "unreachable", peer: "edge", detail: "connection refused" } });
});

it("uploads a registration as multipart with its length, the metadata first and the file byte for byte", async () => {
  const folder = mkdtempSync(join(tmpdir(), "edgewise-upload-"));
  const artifactPath = join(folder, 'a "b".onnx');
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
  writeFileSync(artifactPath, content);
  const parts: string[] = [];
  const sent: number[] = [];
  let contentLength: string | undefined;
  handler = (request, response) => {
    contentLength = request.headers["content-length"];
    const form = new busboy({ headers: request.headers as { "content-type": string } });
    form.on("field", (name, value) => parts.push(`${name}=${value}`));
    form.on("file", (name, stream) => {
      const hash = createHash("sha256");
      stream.on("data", (chunk: Buffer) => hash.update(chunk)).on("end", () => parts.push(`${name}=${hash.digest("hex")}`));
    });
    form.on("finish", () => response.writeHead(409).end('{"error":"it is there","code":"version_exists","request_id":"r"}'));
    request.pipe(form);
  };
  const outcome = await controlPlaneClient(url, "t").register({
    model: "m",
    artifactPath,
    artifactBytes: content.byteLength,
    metadata: { description: "d" },
    onProgress: (bytes) => sent.push(bytes),
  });
  rmSync(folder, { recursive: true });
  expect(outcome).toMatchObject({ ok: false, failure: { body: { code: "version_exists" } } });
  expect(parts).toEqual(['metadata={"description":"d"}', `artifact=${createHash("sha256").update(content).digest("hex")}`]);
  expect(Number(contentLength)).toBeGreaterThan(content.byteLength);
  expect(sent.at(-1)).toBe(content.byteLength);
  expect(sent.length).toBeGreaterThan(1);
});
