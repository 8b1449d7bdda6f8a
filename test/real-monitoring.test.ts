/**
 * The running system under a real Prometheus and a real Alertmanager with the repository's own files: faults fire their alerts and open incidents, recovery
 * resolves them, every dashboard's expressions have data, and increase() over all of it equals the callers' ledger. At full scale with the files as
 * they are; else with all waits shorter (harness/hastened.ts).
 */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import type { GatesAnswer } from "../control-plane/api/gate-schemas.ts";
import type { HistoryAnswer, MoveAnswer } from "../control-plane/api/schemas.ts";
import { join } from "node:path";
import { HAS_ALERTMANAGER, startAlertmanager, type RunningAlertmanager } from "./harness/alertmanager.ts";
import { makeCallers, type Callers } from "./harness/callers.ts";
import { callClassifier, failRetraining, giveErrorModels, serveClassifier } from "./harness/other-lines.ts";
import { panelSamples } from "./harness/panel-samples.ts";
import { HAS_PROMETHEUS, startPrometheus, type RunningPrometheus } from "./harness/prometheus.ts";
import { WITHOUT_TOOLS } from "./harness/prometheus-tools.ts";
import { REPOSITORY } from "./harness/run-edgewise.ts";
import { isFullScale, scaled } from "./harness/scale.ts";
import { stageForLatency } from "./harness/stage-for-latency.ts";
import { startSeparateParts, type SeparateParts } from "./harness/separate-parts.ts";
import { until } from "./harness/until.ts";

const HASTENED_BY = scaled({ full: 1, quick: 10 });
const TIMEOUT_MS = scaled({ full: 900_000, quick: 300_000 });
const MODEL = "pm25_predictor";
/** More than a live drift report needs to judge. */
const DRIFT_ROWS = 1_500;

interface Incident {
  id: number;
  title: string;
  status: string;
  alerts: { labels: Record<string, string>; annotations: Record<string, string>; status: string }[];
  timeline: { at: string; kind: string; text: string }[];
}

describe.skipIf(!HAS_PROMETHEUS || !HAS_ALERTMANAGER)(`a real Prometheus and Alertmanager (${WITHOUT_TOOLS})`, () => {
  let parts: SeparateParts;
  let prometheus: RunningPrometheus | undefined;
  let alertmanager: RunningAlertmanager | undefined;
  let chat: Server | undefined;
  let callers: Callers;
  let startedSeconds: number;

  beforeAll(async () => {
    parts = await startSeparateParts();
    chat = createServer((_, response) => void response.end("ok")).listen(0, "127.0.0.1");
    await once(chat, "listening");
    const { token } = await api<{ token: string }>("POST", "/api/tokens", { name: "alertmanager", role: "operator" });
    alertmanager = await startAlertmanager({
      controlPlaneUrl: parts.controlPlaneUrl,
      token,
      chatUrl: `http://127.0.0.1:${(chat.address() as AddressInfo).port}/chat`,
      hastenedBy: HASTENED_BY,
    });
    prometheus = await startPrometheus({
      controlPlanePort: parts.controlPlanePort,
      alertmanagerPort: alertmanager.port,
      hastenedBy: HASTENED_BY,
    });
    startedSeconds = Date.now() / 1000;
    await until(async () => (await query('up{service="edge"} == 1')).length > 0);
    await parts.putReleaseKey("release:unservable", "no release");
    await serveClassifier(parts);
    await giveErrorModels(parts);
    const { instances } = JSON.parse(readFileSync(join(REPOSITORY, "examples/pm25/examples.json"), "utf8")) as {
      instances: number[][];
    };
    callers = makeCallers({
      edgeUrl: parts.edgeUrl,
      model: MODEL,
      unservableModel: "unservable",
      rows: instances,
      callers: 10,
      pauseMs: 50,
    });
    callers.start();
    await callClassifier(parts, callers);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await callers?.stop().catch(() => undefined);
    await prometheus?.stop();
    await alertmanager?.stop();
    await parts?.stop();
    chat?.closeAllConnections();
    chat?.close();
  });

  const query: RunningPrometheus["query"] = (...parameters) => (prometheus as RunningPrometheus).query(...parameters);

  async function api<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(parts.controlPlaneUrl + path, {
      method,
      headers: { authorization: `Bearer ${parts.adminToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  /** The incident of an alert, once Alertmanager's delivery has given it this status. */
  async function incidentOf(alert: string, status: string): Promise<Incident> {
    let found: Incident | undefined;
    await until(async () => {
      const { incidents } = await api<{ incidents: Incident[] }>("GET", "/api/incidents");
      found = incidents.find((incident) => incident.title === alert && incident.status === status);
      return found !== undefined;
    }, 200);
    return api("GET", `/api/incidents/${found?.id}`);
  }
  const kinds = ({ timeline }: Incident): string[] => timeline.map(({ kind }) => kind);
  const firing = async (): Promise<string[]> => (prometheus as RunningPrometheus).firing();

  it(
    "fire HighErrorRate at 10 % 5xx, HighRequestLatency at slow answers, MetricShardSilent; each opens an incident with its timeline",
    { timeout: TIMEOUT_MS },
    async () => {
      expect(await firing()).toEqual([]);
      await api("POST", `/api/models/${MODEL}/rollback`, { reason: "so that a timeline has something to tell" });
      parts.silenced.add(0);
      callers.mode = { faultShare: 0.1, bodyDelayMs: 800 };
      for (const alert of ["HighErrorRate", "HighRequestLatency", "MetricShardSilent"]) {
        await until(async () => (await firing()).includes(alert), 200);
        const incident = await incidentOf(alert, "open");
        expect(kinds(incident)).toEqual(expect.arrayContaining(["opened", "alert_fired", "released", "moved"]));
        for (const { labels, annotations } of incident.alerts) {
          expect(annotations["runbook_url"]).toMatch(new RegExp(`^https://[^ ]+/docs/runbook\\.md#${alert.toLowerCase()}$`));
          expect(labels).not.toHaveProperty("runbook");
        }
        expect(incident.timeline.map(({ text }) => text).join("\n")).toContain(
          `rollback: ${MODEL} v1 from archived to production`,
        );
      }
      const [ratio] = await query("edgewise:error_ratio:rate1m");
      expect(ratio?.points[0]?.[1]).toBeGreaterThan(0.05);
      expect(ratio?.points[0]?.[1]).toBeLessThan(0.2);
      expect(await firing()).not.toContain("InstanceDown");
    },
  );

  it("resolve each of them, and its incident, when callers are served well again", { timeout: TIMEOUT_MS }, async () => {
    callers.mode = { faultShare: 0, bodyDelayMs: 0 };
    parts.silenced.clear();
    await failRetraining(api);
    // So that live quality and drift have something to tell too.
    const receipts = await callers.sendBatch(DRIFT_ROWS);
    const truths = receipts.slice(0, 100).map((prediction_id) => ({ prediction_id, actual: 50 }));
    const told = await fetch(`${parts.edgeUrl}/feedback`, { method: "POST", body: JSON.stringify(truths) });
    expect(await told.json()).toMatchObject({ counted: truths.length });
    for (const alert of ["HighErrorRate", "HighRequestLatency", "MetricShardSilent"]) {
      await until(async () => !(await firing()).includes(alert), 200);
      expect(kinds(await incidentOf(alert, "resolved"))).toEqual(expect.arrayContaining(["alert_resolved", "resolved"]));
    }
    await until(async () => (await query("model_rmse")).length > 0, 500);
    // The second one, after Prometheus has seen the first: what it has seen only once has not increased.
    await failRetraining(api);
  });

  it(
    "take a promotion back without a hand, once, when Alertmanager delivers an alert that names its model and that the line's policy lists",
    { timeout: TIMEOUT_MS },
    async () => {
      const policy = { bakeMinutes: 60, alerts: ["FeatureDriftSignificant"] };
      await api("PUT", `/api/models/${MODEL}/release-policy`, { policy, reason: "a test" });
      const promoted = await api<MoveAnswer>("POST", `/api/models/${MODEL}/versions/v2/promote`, {
        stage: "production",
        reason: "a test",
      });
      // The callers send a few rows over and over. A report that a person asks for moves no gauge; one that the daily job hands in does.
      const { report } = await api<{ report: unknown }>("POST", `/api/models/${MODEL}/drift/live`, { hours: 2, version: "v1" });
      await api("POST", `/api/models/${MODEL}/drift/reports`, { report });
      const handedInMs = Date.now();
      const incident = await incidentOf(`RolledBackAutomatically: ${MODEL} v2`, "open");
      expect(incident.timeline.map(({ text }) => text).join("\n")).toContain(`rollback: ${MODEL} v1 from archived to production`);
      const taken = await moves();
      expect(taken[0]).toMatchObject({ act: "rollback", version: "v1", generation: (promoted.generation ?? 0) + 1 });
      expect(taken[0]?.reason).toMatch(`automatic: the alert FeatureDriftSignificant names ${MODEL}`);
      console.log(`rolled back ${Date.parse(taken[0]?.at ?? "") - handedInMs} ms after the report: ${taken[0]?.reason}`);
      // Alertmanager goes on delivering it, with more features in the group: v1 came by a rollback and stays.
      await until(async () => ((await incidentOf("FeatureDriftSignificant", "open")).alerts.length ?? 0) > 1, 200);
      expect((await moves())[0]).toEqual(taken[0]);
    },
  );

  it(
    "fire InstanceDown when the edge is stopped, with an incident, and resolve it when the edge is back",
    { timeout: TIMEOUT_MS },
    async () => {
      await callers.stop();
      // What is counted between a shard's last reading and its wipe is lost: so everything is read before.
      await untilExposed();
      await stageForLatency(parts, MODEL, "v2");
      await parts.stopEdge();
      parts.wipeShards();
      // The latency gate has nobody to ask now: that is no pass, nothing promotes, and the answer says why.
      const gates = await api<GatesAnswer>("POST", `/api/models/${MODEL}/versions/v2/gates/run`);
      expect(gates).toMatchObject({ outcome: "stopped", evidence: { latency: { gap: { reason: "edge_unreachable" } } } });
      const promotion = api("POST", `/api/models/${MODEL}/versions/v2/promote`, { stage: "production", reason: "a test" });
      await expect(promotion).rejects.toThrow(/: 409 .*latency is inconclusive \(the edge did not answer.*gates_refused/);
      expect(await api("GET", `/api/models/${MODEL}`)).toMatchObject({ production: "v1" });
      await until(async () => (await firing()).includes("InstanceDown"), 200);
      const incident = await incidentOf("InstanceDown", "open");
      expect(incident.alerts.map(({ labels }) => labels["service"])).toEqual(["edge"]);
      expect(kinds(incident)).toEqual(expect.arrayContaining(["opened", "alert_fired", "released"]));
      await parts.startEdge();
      await until(async () => !(await firing()).includes("InstanceDown"), 200);
      expect(kinds(await incidentOf("InstanceDown", "resolved"))).toContain("alert_resolved");
    },
  );

  it.runIf(isFullScale)(
    "say of an edge that takes connections and does not answer that it is the edge (full scale only: needs the shipped timeouts)",
    { timeout: TIMEOUT_MS },
    async () => {
      parts.freezeEdge();
      try {
        await until(async () => (await firing()).includes("InstanceDown"), 200);
        const down = await query('ALERTS{alertname="InstanceDown", alertstate="firing"}');
        expect(down.map(({ metric }) => metric["service"])).toEqual(["edge"]);
        // Every scrape of the control plane was answered in time, though the edge left it waiting.
        const [scraped] = await query('min_over_time(up{job="edgewise", service=""}[1m])');
        expect(scraped?.points[0]?.[1]).toBe(1);
      } finally {
        parts.thawEdge();
      }
      await until(async () => !(await firing()).includes("InstanceDown"), 200);
    },
  );

  it(
    "count in increase() exactly what the callers counted, over a silent shard, a stop and a wipe; no counter ever falls",
    { timeout: TIMEOUT_MS },
    async () => {
      callers.start();
      await sleep(3_000);
      await callers.stop();
      await untilExposed();
      const scrapes = (await query(`up{service="control_plane"}[1h]`))[0]?.points.map(([at]) => at) ?? [];
      const [first, last] = [scrapes[0] as number, scrapes.at(-1) as number];
      // From the first scrape to the last one, so that nothing is extrapolated; newer Prometheus leaves out a sample at the very start of a range.
      const span = `${Math.round((last - first) * 1000) + 1}ms`;
      const increases = new Map<string, number>();
      for (const series of callers.ledger.keys()) {
        const [sample] = await query(`increase(${series}[${span}])`, last);
        increases.set(series, Math.round(sample?.points[0]?.[1] ?? -1));
      }
      expect(increases).toEqual(callers.ledger);
      console.log(`increase() over ${Math.round(last - first)} s:`, Object.fromEntries(increases));
      const counters = await query(`{job="edgewise", __name__=~".+_(total|count|sum|bucket)"}[${span}]`, last);
      const fallen = counters.filter(({ points }) => points.some(([, value], at) => value < (points[at - 1]?.[1] ?? 0)));
      expect(counters.length).toBeGreaterThan(100);
      expect(fallen.map(({ metric }) => metric)).toEqual([]);
    },
  );

  it("have data for every expression of every dashboard", { timeout: TIMEOUT_MS }, async () => {
    // The stored minutes, of which the SLA is made, begin with the first whole one.
    await until(async () => (await query("sla_objective_met")).length > 0, 500);
    const now = Date.now() / 1000;
    const rows = await panelSamples(prometheus as RunningPrometheus, now - Math.floor(now - startedSeconds), now);
    console.log(
      rows
        .map(({ dashboard, panel, expr, series, value }) => `${dashboard} / ${panel} → ${expr} → ${series} series, e.g. ${value}`)
        .join("\n"),
    );
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter(({ value }) => value === undefined).map(({ panel, expr }) => `${panel}: ${expr}`)).toEqual([]);
  });

  const moves = async (): Promise<HistoryAnswer["moves"]> =>
    (await api<HistoryAnswer>("GET", `/api/models/${MODEL}/history`)).moves;

  /** Waits until Prometheus has what the callers have, or for so long that it never will. */
  async function untilExposed(): Promise<void> {
    const deadlineMs = Date.now() + 30_000;
    await until(async () => {
      if (Date.now() > deadlineMs) return true;
      const values = await Promise.all(
        [...callers.ledger].map(async ([series, value]) => [(await query(series))[0]?.points[0]?.[1], value]),
      );
      return values.every(([exposed, counted]) => exposed === counted);
    }, 500);
  }
});
