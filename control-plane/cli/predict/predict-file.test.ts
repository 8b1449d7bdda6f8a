import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Result } from "../../../contract/result.ts";
import { writeWholeFile } from "../atomic-file.ts";
import type { CliFailure } from "../failure.ts";
import { openJsonLines } from "./json-rows.ts";
import { placeInFile, predictFile, type FileOutcome } from "./predict-file.ts";
import { retryDelayMs } from "./request-predictions.ts";
import type { ReadRow } from "./row-source.ts";

type Row = { x: number };
type Handler = (rows: Row[], response: ServerResponse) => void | Promise<void>;

const columns = [{ name: "x", datatype: "FP32" as const }];
let folder: string;
let handler: Handler;
const server = createServer((request, response) => void readRows(request).then((rows) => handler(rows, response)));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "edgewise-predict-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function readRows(request: IncomingMessage): Promise<Row[]> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return (JSON.parse(text) as { instances: Row[] }).instances;
}

const answer: Handler = (rows, response) => {
  response.end(JSON.stringify({ model: "m", version: "v1", predictions: rows.map(({ x }) => x * 2) }));
};
const refuse = (
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
  details?: unknown,
): void => {
  response.writeHead(status, headers).end(JSON.stringify({ error: `it is ${code}`, code, request_id: "r", details }));
};

async function predict(
  rows: number,
  batchRows: number,
  interruption = new AbortController().signal,
): Promise<Result<FileOutcome, CliFailure>> {
  const path = join(folder, "in.jsonl");
  writeFileSync(path, Array.from({ length: rows }, (_, x) => `{"x":${x}}\n`).join(""));
  const { port } = server.address() as AddressInfo;
  return writeWholeFile(join(folder, "out.jsonl"), (file) =>
    predictFile({
      path,
      source: openJsonLines(path, columns),
      batchRows,
      target: { edgeUrl: `http://127.0.0.1:${port}`, model: "m" },
      interruption,
      writeText: (text) => file.appendFile(text),
      onProgress: () => undefined,
    }),
  );
}
const output = (): { x: number; prediction: number }[] =>
  readFileSync(join(folder, "out.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { x: number; prediction: number });

it("writes predictions in the order of the file, whatever order the answers come in", async () => {
  handler = async (rows, response) => {
    await sleep((rows[0] as Row).x % 30 === 0 ? 60 : 0);
    await answer(rows, response);
  };
  expect(await predict(95, 10)).toMatchObject({ ok: true, value: { rows: 95, retries: 0, rowsByVersion: { v1: 95 } } });
  expect(output()).toEqual(Array.from({ length: 95 }, (_, x) => ({ x, prediction: x * 2 })));
});

it("has a few batches in flight at a time and never more", async () => {
  let running = 0;
  let most = 0;
  handler = async (rows, response) => {
    most = Math.max(most, ++running);
    await sleep(20);
    running--;
    await answer(rows, response);
  };
  await predict(200, 10);
  expect(most).toBe(4);
});

it("tries a busy edge again after the time that it asks for, and loses no row over it", async () => {
  let calls = 0;
  handler = (rows, response) =>
    ++calls % 2 === 1
      ? refuse(response, calls === 1 ? 429 : 503, "rate_limited", { "retry-after": "0" })
      : answer(rows, response);
  const outcome = await predict(30, 10);
  expect(outcome).toMatchObject({ ok: true, value: { rows: 30, retries: 3 } });
  expect(output()).toHaveLength(30);
});

it("leaves no file, whole or part, when a batch is refused half-way", async () => {
  handler = (rows, response) =>
    (rows[0] as Row).x >= 50 ? refuse(response, 400, "value_invalid", {}, { row: 3, feature: "x" }) : answer(rows, response);
  const outcome = await predict(95, 10);
  expect(outcome).toMatchObject({ ok: false, failure: { reason: "row_invalid", row: 54, column: "x" } });
  expect(readdirSync(folder)).toEqual(["in.jsonl"]);
});

it("leaves a file of that name from before untouched when it fails", async () => {
  writeFileSync(join(folder, "out.jsonl"), "before");
  handler = (_, response) => refuse(response, 404, "model_unknown");
  expect(await predict(5, 5)).toMatchObject({ ok: false, failure: { reason: "refused", status: 404 } });
  expect(readFileSync(join(folder, "out.jsonl"), "utf8")).toBe("before");
});

it("does not write a short answer beside the wrong rows", async () => {
  handler = (rows, response) => answer(rows.slice(1), response);
  expect(await predict(10, 10)).toMatchObject({
    ok: false,
    failure: { reason: "answer_unreadable", detail: "9 predictions for 10 rows" },
  });
});

it("ends at once when interrupted, and leaves nothing", async () => {
  const controller = new AbortController();
  handler = () => controller.abort();
  expect(await predict(100, 10, controller.signal)).toMatchObject({ ok: false, failure: { reason: "interrupted" } });
  expect(readdirSync(folder)).toEqual(["in.jsonl"]);
});

it("names the rows of the batch when the edge does not say which one it refused", () => {
  const rows = [11, 12].map((row) => ({ row }) as ReadRow);
  const body = { error: "bad", code: "row_invalid" as const, request_id: "r" };
  const placed = placeInFile({ reason: "refused", peer: "edge", status: 400, body }, rows, "f.csv");
  expect(placed).toMatchObject({ reason: "file_invalid", detail: expect.stringContaining("rows 11 to 12") });
});

it("waits as Retry-After says, in seconds or as a date, and doubles its own wait otherwise", () => {
  expect(retryDelayMs("3", 1, 0)).toBe(3000);
  expect(retryDelayMs("Thu, 01 Jan 1970 00:00:05 GMT", 1, 1000)).toBe(4000);
  expect(retryDelayMs(null, 1, 0)).toBe(250);
  expect(retryDelayMs("soon", 3, 0)).toBe(1000);
  expect(retryDelayMs("86400", 1, 0)).toBe(60_000);
});
