import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { driveCandidate, quantile, type Drive } from "./drive-candidate.ts";

let respond: (response: ServerResponse, request: number) => void;
let count = 0;
const bodies: string[] = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    bodies.push(`${request.headers.authorization} ${body}`);
    respond(response, count++);
  });
});
let edgeUrl: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  edgeUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const answer = (response: ServerResponse, status = 200, version = "v2", code = "ok"): void =>
  void response.writeHead(status, { "x-model-version": version }).end(JSON.stringify({ code }));
const drive = (more: Partial<Drive> = {}) => {
  count = 0;
  bodies.length = 0;
  let clock = 0;
  const rows = [
    [1, null],
    [2n ** 60n, 3],
  ];
  return driveCandidate({
    edgeUrl,
    edgeToken: "token",
    model: "m",
    version: "v2",
    rows,
    requests: 20,
    coldPauseMs: 5,
    monotonicMs: () => (clock += 5),
    ...more,
  });
};

it("sends the rows in turn to the named version and measures each, the cold one apart", async () => {
  respond = (response) => answer(response);
  expect(await drive()).toMatchObject({ state: "measured", value: { requests: 20, failed: 0, coldMs: 5, p50Ms: 5, p95Ms: 5 } });
  expect(bodies).toHaveLength(21);
  expect(bodies.slice(0, 2)).toEqual([
    'Bearer token {"model":"m","version":"v2","instances":[[1,null]]}',
    'Bearer token {"model":"m","version":"v2","instances":[[1152921504606846976,3]]}',
  ]);
});

it("waits for a version that the edge does not have yet, and says what the edge says when it never does", async () => {
  respond = (response, request) => (request < 2 ? answer(response, 404, "", "version_unknown") : answer(response));
  expect(await drive()).toMatchObject({ state: "measured", value: { failed: 0 } });
  respond = (response) => answer(response, 503, "", "model_not_ready");
  expect(await drive()).toEqual({ state: "missing", gap: { reason: "edge_refused", status: 503, code: "model_not_ready" } });
});

it("takes no other version's answers for the candidate's", async () => {
  respond = (response) => answer(response, 200, "v1");
  expect(await drive()).toMatchObject({ state: "missing", gap: { reason: "edge_refused", code: "answered_by_v1" } });
});

it("counts failures and keeps the first", async () => {
  respond = (response, request) =>
    request === 4 || request === 9 ? answer(response, 500, "", "inference_failed") : answer(response);
  expect(await drive()).toMatchObject({
    state: "measured",
    value: { requests: 20, failed: 2, firstFailure: "500 inference_failed" },
  });
});

it("is inconclusive without the edge, and without its token", async () => {
  expect(await drive({ edgeUrl: "http://127.0.0.1:9" })).toMatchObject({ state: "missing", gap: { reason: "edge_unreachable" } });
  expect(await drive({ edgeToken: undefined })).toEqual({ state: "missing", gap: { reason: "edge_token_absent" } });
});

it("has percentiles that were measured", () => {
  const latencies = Array.from({ length: 100 }, (_, at) => at + 1);
  expect([0.5, 0.95, 0.99, 1].map((share) => quantile(latencies, share))).toEqual([50, 95, 99, 100]);
  expect(quantile([7], 0.95)).toBe(7);
});
