/** Incidents through the front door: from Alertmanager's webhook to the post-mortem's draft. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queryFromFreshProcess } from "../testing/other-process.ts";
import { startTestControlPlane, type AnyJson, type TestControlPlane } from "../testing/test-control-plane.ts";

let plane: TestControlPlane;
/** Holds only what closing writes; closing makes the directory in it. */
let folder: string;
let directory: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "edgewise-incidents-"));
  directory = join(folder, "post-mortems");
  plane = await startTestControlPlane({ INCIDENTS_DIRECTORY: directory });
});
afterEach(async () => {
  await plane.close();
  rmSync(folder, { recursive: true });
});

const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

interface Told {
  status?: "firing" | "resolved";
  fingerprint?: string;
  startsAt?: string;
  labels?: Record<string, string>;
}

const STARTED = minutesAgo(3);

function webhook(groupKey: string, ...told: Told[]) {
  const alerts = told.map(({ status = "firing", fingerprint = "f1", startsAt = STARTED, labels = {} }) => ({
    status,
    labels: { alertname: "HighErrorRate", severity: "critical", service: "edge", ...labels },
    annotations: { summary: "More than 5 % of the answers are 5xx." },
    startsAt,
    endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : minutesAgo(1),
    generatorURL: "http://localhost:9090/graph",
    fingerprint,
  }));
  return {
    version: "4",
    groupKey,
    truncatedAlerts: 0,
    status: told.every(({ status }) => status === "resolved") ? "resolved" : "firing",
    receiver: "edgewise",
    groupLabels: { alertname: "HighErrorRate" },
    commonLabels: { alertname: "HighErrorRate", severity: "critical" },
    commonAnnotations: { summary: "More than 5 % of the answers are 5xx." },
    externalURL: "http://localhost:9093",
    alerts,
  };
}

const deliver = (groupKey: string, ...told: Told[]) => plane.call("POST", "/api/alerts", webhook(groupKey, ...told));
const show = async (id: number): Promise<AnyJson> => (await plane.call("GET", `/api/incidents/${id}`)).body;
const acts = async (): Promise<string[]> =>
  ((await plane.call("GET", "/api/audit")).body.entries as { act: string }[])
    .map(({ act }) => act)
    .filter((act) => act.startsWith("incident"))
    .toReversed();

describe("POST /api/alerts", () => {
  it("keeps one incident per group, however often and however much at once it is told", async () => {
    const told = await Promise.all(Array.from({ length: 8 }, () => deliver("g", {})));
    expect(told.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(told.map(({ body }) => String(body.act)).toSorted()).toEqual([
      "opened",
      ...Array.from({ length: 7 }, () => "unchanged"),
    ]);
    await deliver("other", {});
    const { body } = await plane.call("GET", "/api/incidents?status=open");
    expect(body.incidents).toHaveLength(2);
    expect(await acts()).toEqual(["incident_opened", "incident_opened"]);
  });

  it("follows the group: updated, resolved, reopened", async () => {
    expect((await deliver("g", {})).body).toEqual({ incident: 1, act: "opened" });
    expect((await deliver("g", {}, { fingerprint: "f2", labels: { model: "m" } })).body.act).toBe("updated");
    expect((await deliver("g", { status: "resolved" }, { fingerprint: "f2", status: "resolved" })).body.act).toBe("resolved");
    expect(await show(1)).toMatchObject({ status: "resolved", models: ["m"], services: ["edge"], severity: "critical" });
    expect((await deliver("g", { startsAt: minutesAgo(0.5) })).body).toEqual({ incident: 1, act: "reopened" });
    const again = await show(1);
    expect(again).toMatchObject({ status: "open", resolvedAt: null });
    expect(again.alerts).toHaveLength(3);
    expect(await acts()).toEqual(["incident_opened", "incident_updated", "incident_resolved", "incident_reopened"]);
  });

  it("holds what it acknowledged in the file, for a process that had no part in it", async () => {
    await deliver("g", {});
    const rows = queryFromFreshProcess(plane.registryUrl, "SELECT status, fingerprint FROM incident_alerts");
    expect(rows).toEqual([{ status: "firing", fingerprint: "f1" }]);
  });

  it("ignores members that it does not know and refuses what is no webhook", async () => {
    expect((await plane.call("POST", "/api/alerts", { ...webhook("g", {}), news: { deep: [1] } })).status).toBe(200);
    for (const wrong of [{}, { ...webhook("g", {}), version: "3" }, { ...webhook("g"), alerts: [] }]) {
      expect((await plane.call("POST", "/api/alerts", wrong)).body.code).toBe("body_invalid");
    }
  });
});

describe("the timeline", () => {
  it("tells what happened before, and goes on while the incident is open, and not after", async () => {
    const [first = "", second = ""] = await plane.stagedVersions("m", 2);
    await plane.call("POST", `/api/models/m/versions/${first}/promote`, { stage: "production", reason: "first release" });
    await deliver("before", { fingerprint: "b", labels: { alertname: "HighRequestLatency" } });
    await deliver("g", {});
    await plane.call("POST", `/api/models/m/versions/${second}/promote`, { stage: "production", reason: "in the midst" });
    await plane.call("POST", "/api/models/m/rollback", { reason: "it was the model" });
    await deliver("g", { status: "resolved" });
    await plane.register("m", "afterwards");
    const { timeline } = await show(2);
    const texts = (timeline as { kind: string; text: string }[]).map(({ kind, text }) => `${kind}: ${text}`);
    for (const expected of [
      "moved: registered m v1 in staging (registered)",
      "moved: promote: m v1 from staging to production (first release)",
      "released: release 1 of m made",
      "released: release 1 of m published to the edge's storage",
      "alert_fired: HighRequestLatency (critical) of incident 1",
      "alert_fired: HighErrorRate (critical)",
      "opened: HighErrorRate: 1 alert",
      "moved: promote: m v2 from staging to production (in the midst)",
      "moved: rollback: m v1 from archived to production (it was the model)",
      "released: release 3 of m made",
      "alert_resolved: HighErrorRate (critical)",
      "resolved: no alert of the group fires any more",
    ])
      expect(texts).toContain(expected);
    expect(texts.filter((text) => text.includes("v3"))).toEqual([]);
    const times = (timeline as { at: string }[]).map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
  });

  it("begins the configured hours before the first alert", async () => {
    await deliver("g", { startsAt: minutesAgo(60) });
    const { startedAt, timelineFrom } = await show(1);
    expect(Date.parse(startedAt) - Date.parse(timelineFrom)).toBe(6 * 3_600_000);
  });
});

describe("notes and closing", () => {
  it("adds a note to the timeline", async () => {
    await deliver("g", {});
    const { status, body } = await plane.call("POST", "/api/incidents/1/notes", { text: "the night shift calls\u001B[2J" });
    expect(status).toBe(201);
    expect(body.timeline).toContainEqual(
      expect.objectContaining({ kind: "noted", text: "the night shift calls [2J", by: "admin" }),
    );
    expect(await acts()).toEqual(["incident_opened", "incident_noted"]);
  });

  it("writes the draft of the post-mortem and answers its path", async () => {
    await deliver("g", {});
    await deliver("g", { status: "resolved" });
    const closing = {
      summary: "A bad version.\n# not a heading",
      cause: "No gate | at all",
      actions: ["Add a [gate](http://x)"],
    };
    const { status, body } = await plane.call("POST", "/api/incidents/1/close", closing);
    expect(status).toBe(200);
    expect(body.incident).toMatchObject({ status: "closed", postMortemPath: body.path });
    const draft = readFileSync(body.path, "utf8");
    expect(body.path).toMatch(/\/post-mortems\/\d{4}-\d\d-\d\d-incident-1-higherrorrate\.md$/);
    expect(draft).toMatch(/^# Incident 1: HighErrorRate\n/);
    for (const heading of ["Summary", "Impact", "Timeline", "Causes", "Actions"]) expect(draft).toContain(`\n## ${heading}\n`);
    expect(draft).toContain("A bad version.\n\\# not a heading");
    expect(draft).toContain("No gate \\| at all");
    expect(draft).toContain("- [ ] Add a \\[gate\\](http://x)");
    expect(draft).toMatch(/closed: A bad version\. # not a heading/);
    expect(readdirSync(directory)).toHaveLength(1);
    expect((await show(1)).postMortemPath).toBe(body.path);
  });

  it("closes once, when two people do it at the same time, and leaves one draft", async () => {
    await deliver("g", {});
    const closed = await Promise.all([1, 2, 3].map((at) => plane.call("POST", "/api/incidents/1/close", { summary: `s${at}` })));
    expect(closed.map(({ status }) => String(status)).toSorted()).toEqual(["200", "409", "409"]);
    expect(readdirSync(directory)).toHaveLength(1);
    expect(await acts()).toEqual(["incident_opened", "incident_closed"]);
  });

  it("never writes over a file that is there", async () => {
    await deliver("g", {});
    const name = `${new Date().toISOString().slice(0, 10)}-incident-1-higherrorrate.md`;
    mkdirSync(directory);
    writeFileSync(join(directory, name), "of another year");
    const { body } = await plane.call("POST", "/api/incidents/1/close", { summary: "s" });
    expect(body.path).toBe(join(directory, name.replace(".md", "-2.md")));
    expect(readFileSync(join(directory, name), "utf8")).toBe("of another year");
  });

  it("does not close when the draft cannot be written, and closes when it can", async () => {
    await deliver("g", {});
    writeFileSync(directory, "a file where the directory should be");
    const refused = await plane.call("POST", "/api/incidents/1/close", { summary: "s" });
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 503, code: "post_mortem_unwritable" });
    expect((await show(1)).status).toBe("open");
    expect(await acts()).toEqual(["incident_opened"]);
    rmSync(directory);
    expect((await plane.call("POST", "/api/incidents/1/close", { summary: "s" })).status).toBe(200);
  });

  it("opens no other incident for what still fires, and one for what is new", async () => {
    await deliver("g", {});
    await plane.call("POST", "/api/incidents/1/close", { summary: "known, harmless" });
    expect((await deliver("g", {})).body).toEqual({ incident: null, act: "unchanged" });
    expect((await deliver("g", {}, { fingerprint: "f2" })).body).toEqual({ incident: 2, act: "opened" });
    expect((await deliver("g", { status: "resolved" }, { fingerprint: "f2" })).body).toEqual({ incident: 1, act: "updated" });
    expect((await show(1)).alerts[0].status).toBe("resolved");
  });

  it("says that there is no such incident", async () => {
    const answers = [
      await plane.call("GET", "/api/incidents/7"),
      await plane.call("POST", "/api/incidents/7/notes", { text: "t" }),
      await plane.call("POST", "/api/incidents/7/close", { summary: "s" }),
    ];
    expect(answers.map(({ body }) => body.code)).toEqual(["incident_unknown", "incident_unknown", "incident_unknown"]);
  });
});

describe("incidents_open", () => {
  it("counts the open ones by severity, and names those that have none", async () => {
    await deliver("a", {});
    await deliver("b", { labels: { severity: "warning" } });
    await deliver("c", { status: "resolved" });
    const metrics = await (await plane.app.request("/metrics", { headers: { host: "localhost" } })).text();
    const lines = metrics.split("\n").filter((line) => line.startsWith("incidents_open{"));
    expect(lines.toSorted()).toEqual([
      'incidents_open{severity="critical"} 1',
      'incidents_open{severity="info"} 0',
      'incidents_open{severity="warning"} 1',
    ]);
  });
});
