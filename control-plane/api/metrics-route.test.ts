/** GET /metrics of a real control plane over an edge that a test plays, read by promtool where it is installed. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ShardReading } from "../../contract/metric-flush.ts";
import { CONTROL_PLANE_METRICS, EDGE_METRICS } from "../../contract/metric-names.ts";
import { bucketLabel } from "../../contract/series-text.ts";
import { LATENCY_BUCKETS_SECONDS } from "../../contract/metric-names.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";

const METRICS_TOKEN = "metrics-token-of-the-tests";
const EDGE_TOKEN = "edge-token-of-the-tests";
const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

const histogram: [string, number][] = [
  ...[...LATENCY_BUCKETS_SECONDS, Infinity].map((bound, index): [string, number] => [
    `request_latency_seconds_bucket{le="${bucketLabel(bound)}"}`,
    index,
  ]),
  ["request_latency_seconds_sum", 1.5],
  ["request_latency_seconds_count", 14],
];
const shard = (index: number): ShardReading => ({
  schema: 2,
  shard: index,
  createdAt: "2026-11-23T10:00:00.000Z",
  counters: [
    ['predictions_total{model="m",version="v1"}', 4],
    ...histogram,
    ["never_heard_of", 1],
    ['api_requests_total{endpoint="a\\"b",method="GET"}', 1],
  ],
  gauges: [["edge_wasm_memory_bytes", 1024 * (index + 1)]],
  isolates: 1,
});

let answer: { status: number; body: string };
let asked: (string | undefined)[] = [];
let edge: Server;
let plane: TestControlPlane;

beforeAll(async () => {
  edge = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    response.writeHead(answer.status).end(answer.body);
  }).listen(0, "127.0.0.1");
  await once(edge, "listening");
  const EDGE_URL = `http://127.0.0.1:${(edge.address() as AddressInfo).port}`;
  answer = { status: 200, body: JSON.stringify({ shards: [shard(0), shard(1)], isolate: {} }) };
  plane = await startTestControlPlane({ EDGE_URL, EDGE_TOKEN, METRICS_TOKEN });
  const [version] = await plane.stagedVersions("m", 2);
  await plane.call("POST", `/api/models/m/versions/${version}/promote`, { stage: "production", reason: "first" });
});
afterAll(async () => {
  await plane.close();
  edge.closeAllConnections();
  edge.close();
});

async function scrape(headers: Record<string, string> = {}): Promise<Response> {
  return plane.app.request("/metrics", { headers: { host: "localhost", authorization: `Bearer ${METRICS_TOKEN}`, ...headers } });
}
const OPENMETRICS = { accept: "application/openmetrics-text;version=1.0.0" };
/** Past the time for which a look at the edge is kept. */
const nextLook = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_100));

describe("GET /metrics", () => {
  it("shows the sum over shards, the registry, the services and the process", async () => {
    const response = await scrape();
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const lines = (await response.text()).split("\n");
    for (const line of [
      'up{service="edge"} 1',
      'up{service="control_plane"} 1',
      'predictions_total{model="m",version="v1"} 8',
      'request_latency_seconds_bucket{le="+Inf"} 28',
      "edge_wasm_memory_bytes 2048",
      "edge_isolates 2",
      'edge_shard_up{shard="1"} 1',
      'registry_versions{model="m",stage="staging"} 1',
      'release_generation{model="m"} 1',
      'release_acts_total{act="promote",model="m"} 1',
      'release_acts_total{act="rollback",model="m"} 0',
      "sla_coverage_ratio 0",
    ])
      expect(lines).toContain(line);
    expect(lines.some((line) => line.startsWith("nodejs_eventloop_lag_seconds "))).toBe(true);
    const publication = 'release_published_timestamp_seconds{act="promote",generation="1",model="m",version="v1"} ';
    const published = lines.find((line) => line.startsWith(publication))?.slice(publication.length);
    expect(Math.abs(Number(published) - Date.now() / 1000)).toBeLessThan(60);
    expect(lines.some((line) => line.includes("never_heard_of"))).toBe(false);
    expect(asked).toContain(`/internal/metrics Bearer ${EDGE_TOKEN}`);
  });

  it("names no metric that contract/metric-names.ts does not, but the process's", async () => {
    const text = await (await scrape()).text();
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string);
    expect(new Set(names).size).toBe(names.length);
    expect(
      names.filter((name) => !(name in EDGE_METRICS) && !(name in CONTROL_PLANE_METRICS) && !/^(nodejs|process)_/.test(name)),
    ).toEqual([]);
  });

  it("speaks OpenMetrics to who asks for it", async () => {
    const response = await scrape(OPENMETRICS);
    expect(response.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    const text = await response.text();
    expect(text).toMatch(/\n# EOF\n$/);
    expect(text).toContain('predictions_created{model="m",version="v1"} 1795428000.000');
  });

  it.skipIf(!hasPromtool)("passes promtool check metrics (skipped where promtool is not installed)", async () => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: await (await scrape()).text(),
      encoding: "utf8",
    });
    expect(stdout + stderr).toBe("");
    expect(status).toBe(0);
  });

  it("wants METRICS_TOKEN when it is set, and no other token", async () => {
    for (const authorization of [
      "",
      "Bearer wrong",
      `Bearer ${plane.adminToken}`,
      `Basic ${METRICS_TOKEN}`,
      `Bearer ${METRICS_TOKEN}x`,
    ]) {
      const response = await scrape({ authorization });
      expect(response.status).toBe(401);
      expect(await response.text()).not.toMatch(/predictions_total|TYPE/);
    }
    expect((await plane.app.request("/metrics", { headers: { host: "localhost" } })).status).toBe(401);
  });

  it.each([
    ["is down", { status: 502, body: "bad gateway" }],
    ["answers nonsense", { status: 200, body: "{" }],
    ["answers another schema", { status: 200, body: '{"shards":[{"schema":9,"shard":0}]}' }],
  ])("keeps the edge's values and says up 0 while it %s", async (_, broken) => {
    const good = answer;
    answer = broken;
    await nextLook();
    const text = await (await scrape()).text();
    answer = good;
    expect(text).toContain('up{service="edge"} 0');
    expect(text).toContain('predictions_total{model="m",version="v1"} 8');
    expect(text).toContain('edge_shard_up{shard="0"} 0');
    await nextLook();
    expect(await (await scrape()).text()).toContain('up{service="edge"} 1');
  });

  it("shares one look at the edge among scrapes at the same time", async () => {
    await nextLook();
    asked = [];
    await Promise.all(Array.from({ length: 20 }, () => scrape()));
    expect(asked).toHaveLength(1);
  });

  it("shows no part of a sum: nothing of the edge until every shard was seen", async () => {
    const alone = await startTestControlPlane({
      EDGE_URL: `http://127.0.0.1:${(edge.address() as AddressInfo).port}`,
      EDGE_TOKEN,
    });
    const good = answer;
    answer = { status: 200, body: JSON.stringify({ shards: [shard(0), { shard: 1, silent: true }] }) };
    const text = await (await alone.app.request("/metrics", { headers: { host: "localhost" } })).text();
    answer = good;
    await alone.close();
    expect(text).toContain('edge_shard_up{shard="1"} 0');
    expect(text).not.toMatch(/^(predictions_total|# TYPE predictions)/m);
  });
});
