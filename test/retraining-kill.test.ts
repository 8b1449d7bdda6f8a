/** kill -9 of the control plane while it trains: the trainer ends with it, and the next start takes the run up and brings it to its end. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { markedProcesses } from "../control-plane/retraining/confined/process-table.ts";
import { startCloudflareDouble } from "../control-plane/testing/cloudflare-double.ts";
import { startServer, type ServerProcess } from "../control-plane/testing/server-process.ts";
import type { AnyJson } from "../control-plane/testing/test-control-plane.ts";

const TRAINER = join(import.meta.dirname, "trainers/scripted-trainer.ts");
const directory = mkdtempSync(join(tmpdir(), "edgewise-retrain-kill-"));
const goFile = join(directory, "go");
let server: ServerProcess | undefined;

afterAll(async () => {
  await server?.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

it("a control plane killed while it trains leaves no process, and its next start finishes the run", async () => {
  const double = await startCloudflareDouble();
  const variables = {
    EDGEWISE_DIRECTORY: directory,
    LIBSQL_URL: `file:${join(directory, "registry.db")}`,
    CLOUDFLARE_API_BASE_URL: double.url,
    RETRAIN_COMMANDS: "allow",
    RETRAIN_ENVIRONMENT: "GO_FILE",
    GO_FILE: goFile,
  };
  mkdirSync(join(directory, "data"));
  const rows = Array.from(
    { length: 480 },
    (_, hour) => `${new Date(Date.UTC(2026, 0, 1, hour)).toISOString()},${hour % 50},${(hour % 50) * 2}`,
  );
  writeFileSync(join(directory, "data/rows.csv"), ["time,x,y", ...rows].join("\n"));
  server = await startServer(variables);
  const token = readFileSync(join(directory, "admin-token"), "utf8").trim();
  const call = async (method: string, path: string, body?: unknown): Promise<AnyJson> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return (await fetch(`${server?.url}${path}`, init)).json();
  };
  const until = async (isReached: (run: AnyJson) => boolean): Promise<AnyJson> => {
    for (;;) {
      const run = await call("GET", "/api/retrains/1");
      if (isReached(run)) return run;
      await sleep(50);
    }
  };
  const config = {
    source: { kind: "files", files: ["rows.csv"] },
    time: { column: "time" },
    split: { windowDays: 10, validationDays: 3 },
    features: ["x"],
    label: "y",
    trainer: { kind: "command", command: [process.execPath, TRAINER, "slow=2"], environment: ["GO_FILE"] },
  };
  await call("PUT", "/api/models/line/retraining", { config, reason: "a test" });
  await call("POST", "/api/models/line/retrain", { reason: "to be cut off" });
  await until(({ progress }) => progress !== null);
  const mark = join(directory, "retrain/run-1");
  expect(markedProcesses(mark).length).toBeGreaterThan(0);
  await server.kill("SIGKILL");
  const deadlineMs = performance.now() + 10_000;
  while (markedProcesses(mark).length > 0 && performance.now() < deadlineMs) await sleep(20);
  expect(markedProcesses(mark)).toEqual([]);

  writeFileSync(goFile, "");
  server = await startServer(variables);
  const run = await until(({ finishedAt }) => finishedAt !== null);
  expect([run.state, run.version, run.resumes]).toEqual(["done", "v1", 1]);
  expect(run.events.map(({ kind, step }: AnyJson) => `${kind} ${step ?? ""}`.trim())).toEqual(
    expect.arrayContaining(["resumed training", "step_finished training", "done registering"]),
  );
  expect(readdirSync(join(directory, "retrain"))).toEqual([]);
  await double.close();
});
