/** The command as a process: exit codes, and what goes to which stream. The control plane is a small HTTP server that answers from a table. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModelAnswer, MoveAnswer, VersionAnswer } from "../api/schemas.ts";

const COMMAND = fileURLToPath(new URL("edgewise.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "edgewise-cli-"));
const model: ModelAnswer = {
  name: "m",
  createdAt: "2026-11-23T10:00:00Z",
  versions: 2,
  latest: "v2",
  production: "v1",
  staging: ["v2"],
  generation: 3,
};
const move: MoveAnswer = {
  model: "m",
  version: "v2",
  act: "promote",
  from: "staging",
  to: "production",
  reason: "r",
  at: "2026-11-23T10:00:00Z",
  actor: { tokenId: "t", name: "admin" },
  replaced: "v1",
  generation: 4,
  published: true,
  publication: null,
};
const artifact = { sha256: "0".repeat(64), bytes: 4 };
const described: VersionAnswer = {
  model: "m",
  version: "v2",
  stage: "staging",
  description: "",
  tags: {},
  metrics: {},
  createdAt: "2026-11-23T10:00:00Z",
  createdBy: { tokenId: "t", name: "admin" },
  artifact,
  uploaded: artifact,
  manifest: { sha256: "1".repeat(64) },
  inputs: [{ name: "x", datatype: "FP32", shape: [-1, 1], missing: "refused" }],
  outputs: [{ name: "y", datatype: "FP32", shape: [-1, 1] }],
  inspection: {
    rewrites: [],
    irVersion: 8,
    producer: "test",
    opsets: { "ai.onnx": 15 },
    operators: { "ai.onnx:Identity": 1 },
    sessionCreateMs: 1,
    limitRunMs: 1,
    wasmMemoryBytes: { loaded: 1, atLimits: 1 },
  },
};
const answers: Record<string, [status: number, body: unknown, headers?: Record<string, string>]> = {
  "GET /api/models": [200, { models: [model] }],
  "POST /api/models/m/versions/v2/promote": [200, move],
  "POST /api/models/m/versions/v3/promote": [
    202,
    {
      ...move,
      version: "v3",
      published: false,
      publication: { key: "release:m", state: "pending", attempts: 2, lastError: "HTTP 500", publishedAt: null },
    },
  ],
  "GET /api/models/m/versions/v9": [404, { error: "model m has no version v9", code: "version_unknown", request_id: "r9" }],
  "GET /api/models/m/versions/v2": [200, described],
  "GET /api/models/m/versions/v2/artifact": [200, "not what the registry says"],
  "POST /predict": [503, { error: "not yet", code: "model_not_ready", request_id: "r" }],
  "GET /v2/models/m": [200, { name: "m", inputs: [] }, { "x-release-generation": "4" }],
};
const seen: string[] = [];
const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
  const [status, body, headers] = answers[`${request.method} ${request.url}`] ?? [500, {}];
  response.writeHead(status, headers).end(JSON.stringify(body));
});
let url: string;
beforeAll(async () => {
  mkdirSync(join(folder, ".edgewise"));
  writeFileSync(join(folder, ".edgewise/admin-token"), "from-the-file\n");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  server.close();
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function run(words: string[], environment: Record<string, string> = {}): Promise<Ended> {
  const { NO_COLOR: _, FORCE_COLOR: __, EDGEWISE_TOKEN: ___, EDGEWISE_DIRECTORY: ____, ...rest } = process.env;
  const env = { ...rest, EDGEWISE_URL: url, EDGE_URL: url, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...words], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describe("exit code 0", () => {
  it("with a plain, uncoloured table on a pipe", async () => {
    const { code, stdout, stderr } = await run(["models"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^MODEL +VERSIONS .*\nm +2 +v2 +v1 +v2 +3 /);
    expect(stdout).not.toContain("\u001B");
    expect(seen).toContain("GET /api/models Bearer from-the-file");
  });

  it("with the API's answer under --json, before or after the command's name", async () => {
    expect(JSON.parse((await run(["--json", "models"])).stdout)).toEqual({ models: [model] });
    expect(JSON.parse((await run(["models", "--json"])).stdout)).toEqual({ models: [model] });
  });

  it("with the seconds until the edge served the generation, when asked to wait", async () => {
    const { code, stdout } = await run(["promote", "m", "v2", "--reason", "r", "--wait"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/generation +4\npublished +yes\nthe edge serves generation 4 after \d+\.\d s/);
  });

  it("for help", async () => expect((await run(["--help"])).code).toBe(0));
});

describe("exit code 1", () => {
  it("with the API's sentence, its code and what to do next", async () => {
    const { code, stdout, stderr } = await run(["show", "m", "v9"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      "error: model m has no version v9 (version_unknown, HTTP 404, request r9)\nnext:  `edgewise versions <model>` lists the versions\n",
    );
  });

  it("with the API's own envelope on standard error under --json", async () => {
    const { code, stdout, stderr } = await run(["show", "m", "v9", "--json"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(JSON.parse(stderr)).toMatchObject({ error: "model m has no version v9", code: "version_unknown", request_id: "r9" });
  });

  it("when a promotion is recorded but not published, after showing it", async () => {
    const { code, stdout, stderr } = await run(["promote", "m", "3", "--reason", "r"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/published +not yet/);
    expect(stderr).toContain("HTTP 500");
  });

  it("when a download is not what the registry says, and leaves no file", async () => {
    const { code, stderr } = await run(["download", "m", "v2"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`the registry says ${"0".repeat(64)}`);
    expect(readdirSync(folder)).toEqual([".edgewise"]);
  });

  it("when any request of a traffic run failed, after its summary", async () => {
    const { code, stdout, stderr } = await run(["traffic", "--model", "m", "--rate", "20", "--duration", "300ms", "--json"]);
    expect(code).toBe(1);
    const summary = JSON.parse(stdout) as { requests: number; byStatus: unknown; byError: unknown };
    expect(summary.requests).toBeGreaterThan(0);
    expect(summary.byStatus).toEqual({ "503": summary.requests });
    expect(summary.byError).toEqual({ model_not_ready: summary.requests });
    expect(JSON.parse(stderr)).toMatchObject({ code: "requests_failed" });
  });

  it("when nobody answers, with how to start it", async () => {
    const { code, stderr } = await run(["models"], { EDGEWISE_URL: "http://127.0.0.1:9" });
    expect(code).toBe(1);
    expect(stderr).toContain("npm start");
  });

  it("when there is no token, with where it was looked for", async () => {
    const { code, stderr } = await run(["models"], { EDGEWISE_DIRECTORY: join(folder, "empty") });
    expect(code).toBe(1);
    expect(stderr).toContain(join(folder, "empty/admin-token"));
  });
});

describe("exit code 2", () => {
  it.each([
    ["a command that is none", ["modles"]],
    ["an option that is none", ["models", "--colour"]],
    ["a required option that is absent", ["promote", "m", "v2"]],
    ["a model name that cannot be one", ["show", "M/1", "v1"]],
    ["nothing to do", ["tag", "m", "v2"]],
    ["a file of another kind", ["predict", "m", "rows.parquet", "--output", "out.csv"]],
    ["an output that is the input", ["predict", "m", "rows.csv", "--output", "./rows.csv"]],
  ])("for %s", async (_, words) => {
    const { code, stdout, stderr } = await run(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: /);
  });
});
