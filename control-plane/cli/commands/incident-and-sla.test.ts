/** The commands as processes against a control plane that listens: an incident from its first alert to its draft, and an hour with an outage. */
import { serve } from "@hono/node-server";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { succeed } from "../../../contract/result.ts";
import { openRegistry } from "../../registry/database.ts";
import { recordMinutes } from "../../sla/minute-records.ts";
import { emptyMinute, MINUTE_MS, startOfMinute } from "../../sla/minute.ts";
import { startTestControlPlane, type TestControlPlane } from "../../testing/test-control-plane.ts";

const COMMAND = fileURLToPath(new URL("../edgewise.ts", import.meta.url));

let plane: TestControlPlane;
let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "edgewise-incident-"));
  plane = await startTestControlPlane({ INCIDENTS_DIRECTORY: folder });
  server = serve({ fetch: plane.app.fetch, createServer, hostname: "127.0.0.1", port: 0 }) as Server;
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await plane.close();
  rmSync(folder, { recursive: true });
});

function edgewise(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { FORCE_COLOR: _, ...rest } = process.env;
  const env = { ...rest, EDGEWISE_URL: url, EDGEWISE_TOKEN: plane.adminToken };
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...words], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

it("incidents: list, show, note, close", async () => {
  expect((await edgewise("incidents")).stdout).toBe("no incidents match\n");
  await plane.register("m", "content");
  const alert = {
    status: "firing",
    labels: { alertname: "InstanceDown", severity: "critical", service: "edge" },
    annotations: { runbook_url: "https://git.example.com/docs/runbook.md#instancedown" },
    fingerprint: "f",
  };
  const startsAt = new Date(Date.now() - 60_000).toISOString();
  await plane.call("POST", "/api/alerts", { version: "4", groupKey: "g", status: "firing", alerts: [{ ...alert, startsAt }] });

  expect((await edgewise("incidents", "--status", "open")).stdout).toMatch(
    /^ID +STATUS .*\n 1 +open +critical +InstanceDown +- +edge /,
  );
  expect((await edgewise("incident", "note", "1", "on it")).stdout).toBe("noted on incident 1\n");
  const shown = (await edgewise("incident", "show", "1")).stdout;
  for (const line of [
    /moved +registered m v1 in development/,
    /alert fired +InstanceDown \(critical\)/,
    /noted +on it +admin/,
    /what to do +https:\/\/git.example.com\/docs\/runbook.md#instancedown/,
  ]) {
    expect(shown).toMatch(line);
  }
  const closed = await edgewise(
    "incident",
    "close",
    "1",
    "--summary",
    "a cable",
    "--action",
    "tape",
    "--action",
    "label",
    "--json",
  );
  const answer = JSON.parse(closed.stdout) as { path: string; incident: { status: string; actions: string[] } };
  expect(answer.incident).toMatchObject({ status: "closed", actions: ["tape", "label"] });
  expect(existsSync(answer.path)).toBe(true);
  const again = await edgewise("incident", "close", "1", "--summary", "a cable");
  expect({ code: again.code, stdout: again.stdout }).toEqual({ code: 1, stdout: "" });
  expect(again.stderr).toContain("incident 1 is closed already (incident_closed, HTTP 409");
});

it("sla: an hour with an outage of two minutes", async () => {
  const registry = await openRegistry({ url: plane.registryUrl });
  // Minutes on both sides of the hour too, so that it does not matter when within them the command runs.
  const present = startOfMinute(Date.now());
  const minutes = Array.from({ length: 80 }, (_, at) => {
    const up = at === 40 || at === 41 ? 0 : 60;
    const parts = {
      requests: up * 10,
      latency: { "0.05": up * 10 },
      edgeUpSeconds: up,
      controlPlaneUpSeconds: 60,
      scrapesSeen: 12,
    };
    return { ...emptyMinute(present - (70 - at) * MINUTE_MS), ...parts };
  });
  await registry.write(async (db) => succeed(await recordMinutes(db, minutes)));
  await registry.close();
  const { code, stdout } = await edgewise("sla", "--span", "1h");
  expect(code).toBe(0);
  // 120 s of 3600 s down: 96.666… %; 0.5 % of 3600 s are 18 s: 1 - 120/18 = -566.66… %. 58 minutes × 600 requests, all in (0.025, 0.05]: 48.75 ms.
  expect(stdout).toContain("100.00 % known\ndown 120 s, unknown 0 s, 34800 requests, 0 errors\n");
  expect(stdout).toMatch(/uptime +≥ 99\.500 % +96\.666 % +missed +-566\.7 %\n/);
  expect(stdout).toMatch(/P95 latency +< 100\.0 ms +48\.8 ms +met +100\.0 %\n/);
  expect(stdout).toMatch(/error rate +< 1\.000 % +0\.000 % +met +100\.0 %\n/);
  expect(stdout).toMatch(/RMSE of m +< 55 +- +no data +-\n/);
  // Of thirty days an hour is not enough to say anything.
  expect((await edgewise("sla")).stdout).toMatch(/uptime +≥ 99\.500 % .* not enough data /);
  expect((await edgewise("sla", "--span", "soon")).code).toBe(2);
  expect((await edgewise("sla", "--model", "none")).stderr).toContain("model_unknown");
});
