/** `edgewise quality` as a process against a control plane that listens, whose registry holds a few scored predictions. */
import { serve } from "@hono/node-server";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addOutcome, emptyQuality, type Outcome } from "../../../contract/quality-sums.ts";
import { succeed } from "../../../contract/result.ts";
import type { QualityAnswer } from "../../api/quality-schemas.ts";
import { hourOf } from "../../quality/live-quality.ts";
import { storeIssued, storeLedgerHours } from "../../quality/quality-records.ts";
import { openRegistry } from "../../registry/database.ts";
import { startTestControlPlane, type TestControlPlane } from "../../testing/test-control-plane.ts";

const COMMAND = fileURLToPath(new URL("../edgewise.ts", import.meta.url));
const groups = { names: ["north", "south"], privileged: "north", favourable: { atMost: 35 } };

let plane: TestControlPlane;
let server: Server;
let url: string;

beforeAll(async () => {
  plane = await startTestControlPlane();
  server = serve({ fetch: plane.app.fetch, createServer, hostname: "127.0.0.1", port: 0 }) as Server;
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await plane.register("m", "one", { metrics: { rmse: 2 }, groups });
  await plane.register("empty", "another");
  await store();
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await plane.close();
});

/** Errors of 3 and 4 in the group south, of 0 without a group; 10 receipts. */
async function store(): Promise<void> {
  const registry = await openRegistry({ url: plane.registryUrl });
  const now = new Date();
  const hour = (group: number | null, revision: number, errors: number[]) => {
    const sums = emptyQuality();
    const outcome = (error: number): Outcome => ({ form: "value", predicted: error, actual: 0, delaySeconds: 7200 });
    for (const error of errors) addOutcome(sums, outcome(error));
    return { model: "m", version: "v1", group, hour: hourOf(now), revision, sums };
  };
  const hours = [hour(1, 1, [3, 4]), hour(null, 2, [0, 0])];
  const written = await registry.write(async (db) => {
    await storeLedgerHours(db, { schema: 1, ledger: 0, epoch: "0123456789abcdef", hours, hasMore: false });
    await storeIssued(db, [{ model: "m", version: "v1", group: "", issued: 10, favourable: 0 }], now);
    return succeed(undefined);
  });
  await registry.close();
  if (!written.ok) throw new Error(written.failure.reason);
}

function edgewise(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { FORCE_COLOR: _, ...rest } = process.env;
  const env = { ...rest, EDGEWISE_URL: url, EDGEWISE_TOKEN: plane.adminToken };
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, "quality", ...words], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const cells = (line: string | undefined): string[] => (line ?? "").trim().split(/ {2,}/);

it("prints each version beside its baseline, and its groups by name", async () => {
  const { code, stdout } = await edgewise("--model", "m", "--span", "24h");
  expect(code).toBe(0);
  const lines = stdout.split("\n");
  expect(cells(lines[2])).toEqual([
    "VERSION",
    "TRUTHS",
    "COVERAGE",
    "RMSE",
    "MAE",
    "BIAS",
    "R²",
    "P95 ERROR",
    "BASELINE",
    "TRUTH AFTER",
  ]);
  // RMSE √(25/4) = 2.5, a quarter over the baseline of 2. The truth did not vary: no R².
  expect(cells(lines[3]).slice(0, 7)).toEqual(["v1", "4", "40.0 %", "2.5", "1.75", "1.75", "-"]);
  expect(cells(lines[3])[8]).toBe("2 (+25.0 %)");
  expect(lines.find((line) => line.startsWith("south"))).toMatch(/^south +2 +- +3\.5355/);
});

it("gives the API's own answer as JSON, hour by hour", async () => {
  const { stdout } = await edgewise("--model", "m", "--version", "v1", "--json");
  const { versions } = JSON.parse(stdout) as QualityAnswer;
  expect(versions).toMatchObject([{ version: "v1", count: 4, issued: 10, hours: [{ count: 4, rmse: 2.5 }] }]);
  expect((JSON.parse((await edgewise("--model", "m", "--version", "v2", "--json")).stdout) as QualityAnswer).versions).toEqual(
    [],
  );
});

it("says so where nothing is known, and fails for a model that is not there or a span that is none", async () => {
  expect((await edgewise("--model", "empty")).stdout).toContain("no receipt was issued and no truth has come");
  expect(await edgewise("--model", "nowhere")).toMatchObject({ code: 1, stderr: expect.stringContaining("nowhere") as unknown });
  expect((await edgewise("--model", "m", "--span", "1w")).code).toBe(2);
});
