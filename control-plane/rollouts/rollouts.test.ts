/** Rollouts, shadows and automatic rollback against the real registry and reconciler; the edge's counts are what each test says they are. */
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { release as releaseSchema } from "../../contract/release.ts";
import { seriesText } from "../../contract/series-text.ts";
import type { EdgeView } from "../metrics/edge-counts.ts";
import { startTestControlPlane, type AnyJson, type TestControlPlane } from "../testing/test-control-plane.ts";
import { look, type ControllerTools } from "./controller.ts";

const MINUTE = 60_000;
let plane: TestControlPlane;
let nowMs: number;
let counters: Map<string, number> | undefined;

beforeEach(async () => {
  plane = await startTestControlPlane({ PUBLISH_WAIT_MS: "0" });
  nowMs = Date.now();
  counters = new Map();
  for (const version of await plane.stagedVersions("m", 3)) if (version === "v1") await promote("v1");
});
afterEach(() => plane.close());

const promote = (version: string) =>
  plane.call("POST", `/api/models/m/versions/${version}/promote`, { stage: "production", reason: "a test" });
const rollback = (more: object = {}) => plane.call("POST", "/api/models/m/rollback", { reason: "a test", ...more });
const STEPS = [
  { percent: 10, durationMs: 10 * MINUTE, requestsMin: 1000 },
  { percent: 50, durationMs: 10 * MINUTE, requestsMin: 1000 },
];
const start = (version = "v2", more: object = {}) =>
  plane.call("POST", `/api/models/m/versions/${version}/rollout`, { steps: STEPS, reason: "a test", ...more });
const act = (name: string) => plane.call("POST", `/api/models/m/rollout/${name}`, { reason: "a person says so" });
const shown = async (): Promise<AnyJson> => (await plane.call("GET", "/api/models/m/rollout")).body;
const released = async (): Promise<AnyJson> => (await plane.call("GET", "/api/models/m/release")).body.release;
const stageOf = async (version: string) => (await plane.call("GET", `/api/models/m/versions/${version}`)).body.stage;
const audit = async (): Promise<AnyJson[]> => (await plane.call("GET", "/api/audit")).body.entries;
const incidents = async (): Promise<AnyJson[]> => (await plane.call("GET", "/api/incidents")).body.incidents;
/** As the reconciler leaves the outbox a second later: the pace of KV writes is tried where it belongs. */
async function published(): Promise<void> {
  const done = sql`UPDATE outbox SET state = 'published', published_at = ${new Date().toISOString()} WHERE state = 'pending'`;
  await plane.controlPlane.registration.registry.write(async (db) => ({ ok: true, value: await db.run(done) }));
}

function count(version: string, requests: number, errors = 0): void {
  const add = (name: string, labels: object, value: number): void => {
    const text = seriesText(name, { model: "m", version, ...labels });
    counters?.set(text, (counters.get(text) ?? 0) + value);
  };
  add("release_requests_total", { generation: "1", colo: "other" }, requests);
  add("version_errors_total", { reason: "output_not_finite" }, errors);
  add("version_latency_seconds_count", {}, requests);
  add("version_latency_seconds_bucket", { le: "0.1" }, requests);
}

/** One look of the controller, so many minutes later. */
async function lookAfter(minutes: number): Promise<void> {
  nowMs += minutes * MINUTE;
  const { registration, key } = plane.controlPlane;
  const tools: ControllerTools = {
    registry: registration.registry,
    gateTools: { key, artifactBytesMax: registration.artifactBytesMax },
    timelineHours: 1,
    now: () => new Date(nowMs),
    log: { info() {}, warn() {} },
    wake() {},
    readEdgeCounts: async () =>
      ({
        look: { state: counters ? "answered" : "silent" },
        totals: { state: "complete", counters: counters ?? new Map<string, number>() },
      }) as unknown as EdgeView,
  };
  await look(tools);
}

async function begun(more: object = {}): Promise<void> {
  expect((await start("v2", more)).status).toBe(201);
  await published();
  nowMs = Date.now();
  await lookAfter(0);
}

describe("a rollout", () => {
  it("walks through its steps on good evidence and promotes at the end, once, with every step logged", async () => {
    await begun({ cohort: { countries: ["DE"] } });
    expect(await released()).toMatchObject({
      generation: 2,
      stable: { version: "v1" },
      canary: { version: "v2", percent: 10, rollout: 1, cohort: { countries: ["DE"] } },
    });
    expect(await stageOf("v2")).toBe("staging");
    count("v1", 9000);
    count("v2", 1000);
    await lookAfter(9);
    expect((await released()).generation).toBe(2);
    await lookAfter(2);
    expect(await released()).toMatchObject({ generation: 3, canary: { percent: 50, rollout: 1 } });
    await published();
    await lookAfter(0);
    count("v1", 2000);
    count("v2", 2000);
    await lookAfter(11);
    expect(await released()).toMatchObject({ generation: 4, stable: { version: "v2" }, canary: null });
    expect([await stageOf("v1"), await stageOf("v2")]).toEqual(["archived", "production"]);
    const { state, events } = await shown();
    expect(state).toBe("completed");
    expect(events.map((event: AnyJson) => [event.kind, event.generation])).toEqual([
      ["started", 2],
      ["advanced", 3],
      ["completed", 4],
    ]);
    expect(events[1].evidence.canary).toMatchObject({ requests: 1000, errors: 0 });
    await lookAfter(60);
    expect((await released()).generation).toBe(4);
  });

  it("is taken back without a hand when its canary fails, with the evidence, and an incident names it", async () => {
    await begun();
    count("v1", 4500);
    count("v2", 500, 25);
    await lookAfter(1);
    expect(await released()).toMatchObject({ generation: 3, stable: { version: "v1" }, canary: null });
    expect(await stageOf("v2")).toBe("staging");
    const { state, events } = await shown();
    expect(state).toBe("aborted");
    expect(events.at(-1)).toMatchObject({ kind: "aborted", generation: 3, evidence: { canary: { errors: 25 } } });
    expect(await incidents()).toMatchObject([
      { title: "CanaryTakenBack: m v2", status: "open", severity: "critical", models: ["m"] },
    ]);
    expect((await audit()).filter((entry) => entry.act === "rollout_aborted")).toHaveLength(1);
  });

  it("pauses for a person without evidence, is taken back from the pause when it fails, and begins the step anew on resuming", async () => {
    await begun();
    counters = undefined;
    await lookAfter(29);
    expect((await shown()).state).toBe("running");
    await lookAfter(2);
    expect(await shown()).toMatchObject({ state: "paused", events: [{}, { kind: "paused", generation: null }] });
    expect((await released()).canary.percent).toBe(10);
    counters = new Map();
    expect((await act("resume")).body).toMatchObject({ state: "running", step: 0 });
    await act("pause");
    await lookAfter(0);
    count("v1", 900);
    count("v2", 100, 50);
    await lookAfter(1);
    expect((await shown()).state).toBe("aborted");
  });

  it("takes what the edge had counted before the step for nothing", async () => {
    count("v2", 10_000, 9_000);
    await begun();
    count("v1", 9000);
    count("v2", 1000);
    await lookAfter(11);
    expect((await shown()).step).toBe(1);
  });

  it("goes to the next step when a person says so, and the last one still asks the gates", async () => {
    await begun();
    expect((await act("advance")).body).toMatchObject({ state: "running", step: 1, generation: 3 });
    expect((await act("advance")).body).toMatchObject({ state: "completed" });
    expect(await act("advance")).toMatchObject({ status: 404, body: { code: "rollout_unknown" } });
    const history = (await plane.call("GET", "/api/models/m/history")).body.moves;
    expect(history[0]).toMatchObject({ version: "v2", act: "promote", to: "production" });
    expect(history[0].gateRun).not.toBeNull();
  });

  it("keeps other promotions out and its version where it is, until it is over", async () => {
    await begun();
    expect(await promote("v3")).toMatchObject({ status: 409, body: { code: "rollout_active" } });
    expect(await start("v3")).toMatchObject({ status: 409, body: { code: "rollout_active" } });
    const away = await plane.call("POST", "/api/models/m/versions/v2/promote", { stage: "archived", reason: "a test" });
    expect(away).toMatchObject({ status: 409, body: { code: "rollout_active" } });
    await act("abort");
    expect((await promote("v3")).body).toMatchObject({ to: "production" });
  });

  it("ends with a rollback: a bare one takes back the canary and nothing else, one to a version does both", async () => {
    await begun();
    expect(await rollback()).toMatchObject({ body: { act: "rollback", version: "v1", generation: 3, replaced: null } });
    expect(await released()).toMatchObject({ stable: { version: "v1" }, canary: null });
    expect((await shown()).state).toBe("aborted");
    await promote("v3");
    await begun();
    expect(await rollback({ to: "v1" })).toMatchObject({ body: { version: "v1", replaced: "v3" } });
    expect(await released()).toMatchObject({ stable: { version: "v1" }, canary: null });
    expect((await shown()).state).toBe("aborted");
  });

  it("needs a version in production to stand beside, rising percentages, and a latency limit that is a bucket's bound", async () => {
    await plane.stagedVersions("n", 1);
    const lone = await plane.call("POST", "/api/models/n/versions/v1/rollout", { steps: STEPS, reason: "a test" });
    expect(lone).toMatchObject({ status: 409, body: { code: "rollout_without_stable" } });
    for (const wrong of [{ steps: STEPS.toReversed() }, { steps: [] }, { thresholds: { latencyMs: 120 } }, { cohort: {} }]) {
      expect(await start("v2", wrong)).toMatchObject({ status: 400, body: { code: "body_invalid" } });
    }
    expect((await plane.call("GET", "/api/models/m/rollout")).status).toBe(404);
  });

  it("has a log that nothing can rewrite", async () => {
    await begun();
    for (const statement of ["UPDATE rollout_events SET reason = 'x'", "DELETE FROM rollout_events"]) {
      const write = plane.controlPlane.registration.registry.write(async (db) => ({
        ok: true,
        value: await db.run(sql.raw(statement)),
      }));
      await expect(write).rejects.toThrow();
    }
  });
});

describe("a shadow", () => {
  it("is a release of its own, outlives a canary's steps, and is shown with what the edge counted", async () => {
    await begun();
    const started = await plane.call("POST", "/api/models/m/shadow", { version: "v3", reason: "a test" });
    expect(started).toMatchObject({
      status: 200,
      body: { shadow: { version: "v3", tolerance: { absolute: 0, relative: 0.1 } } },
    });
    await act("advance");
    const { canary, shadow } = releaseSchema.parse(await released());
    expect([canary?.percent, shadow?.version]).toEqual([50, "v3"]);
    expect((await plane.call("POST", "/api/models/m/shadow/stop", { reason: "a test" })).body.shadow).toBeNull();
    expect((await released()).canary.percent).toBe(50);
    expect(await plane.call("POST", "/api/models/m/shadow/stop", { reason: "a test" })).toMatchObject({ status: 404 });
  });

  it("is no version that answers callers, and none in development", async () => {
    const shadow = (version: string) => plane.call("POST", "/api/models/m/shadow", { version, reason: "a test" });
    expect(await shadow("v1")).toMatchObject({ status: 409, body: { code: "shadow_illegal" } });
    await plane.register("m", "another");
    expect(await shadow("v4")).toMatchObject({ status: 409, body: { code: "shadow_illegal" } });
  });
});

const POLICY = { bakeMinutes: 30, errorShareMax: 0.02, refusalsMax: 0, alerts: ["ModelIsBad"] };
const setPolicy = (policy: object | null = POLICY) =>
  plane.call("PUT", "/api/models/m/release-policy", { policy, reason: "a test" });
const bakes = async (): Promise<AnyJson[]> => (await plane.call("GET", "/api/models/m/release-policy")).body.bakes;
const alert = (startsAt = new Date(Date.now() + 1000)) =>
  plane.call("POST", "/api/alerts", {
    version: "4",
    groupKey: `g ${startsAt.toISOString()}`,
    status: "firing",
    alerts: [
      { status: "firing", labels: { alertname: "ModelIsBad", model: "m" }, startsAt: startsAt.toISOString(), fingerprint: "f" },
    ],
  });

describe("after a promotion", () => {
  it("is rolled back when it is surely beyond its policy: one audit row with the evidence, an incident, and no loop", async () => {
    await setPolicy();
    await promote("v2");
    nowMs = Date.now();
    await lookAfter(0);
    count("v2", 1000, 60);
    const before = (await audit()).length;
    await lookAfter(1);
    expect(await released()).toMatchObject({ generation: 3, stable: { version: "v1" } });
    const rows = (await audit()).slice(0, (await audit()).length - before).filter((entry) => entry.act === "rollback");
    expect(rows).toMatchObject([
      { details: { generation: 3, gateRun: "skipped", evidence: { findings: [{ outcome: "fail" }, {}] } } },
    ]);
    expect(await incidents()).toMatchObject([{ title: "RolledBackAutomatically: m v2", models: ["m"], status: "open" }]);
    count("v1", 1000, 900);
    for (const minutes of [1, 10, 120]) await lookAfter(minutes);
    expect((await released()).generation).toBe(3);
    expect(await bakes()).toMatchObject([{ version: "v2", state: "rolled_back" }]);
  });

  it("is held back within the cooldown, and an incident says so once", async () => {
    await setPolicy();
    await promote("v2");
    nowMs = Date.now();
    await lookAfter(0);
    count("v2", 1000, 60);
    await lookAfter(1);
    await promote("v3");
    nowMs = Date.now();
    await lookAfter(0);
    count("v3", 1000, 60);
    for (const minutes of [1, 1, 1]) await lookAfter(minutes);
    expect(await released()).toMatchObject({ generation: 4, stable: { version: "v3" } });
    expect((await incidents()).map(({ title }) => title)).toEqual(["RollbackHeldBack: m v3", "RolledBackAutomatically: m v2"]);
    expect((await bakes())[0]).toMatchObject({ version: "v3", state: "held" });
  });

  it("is left alone without a policy, and when its time has passed", async () => {
    await promote("v2");
    nowMs = Date.now();
    await lookAfter(0);
    count("v2", 1000, 900);
    await lookAfter(1);
    expect((await released()).generation).toBe(2);
    await setPolicy();
    await lookAfter(0);
    await lookAfter(31);
    count("v2", 1000, 900);
    await lookAfter(1);
    expect((await released()).generation).toBe(2);
    expect((await bakes())[0]).toMatchObject({ state: "passed" });
  });

  it("is rolled back by an alert that names the model and is in the policy, unless it began before the version", async () => {
    await setPolicy();
    const early = new Date(Date.now() - MINUTE);
    await promote("v2");
    await alert(early);
    expect((await released()).generation).toBe(2);
    await alert();
    expect(await released()).toMatchObject({ generation: 3, stable: { version: "v1" } });
    await alert(new Date(Date.now() + 2000));
    expect((await released()).generation).toBe(3);
  });

  it("an alert takes back a rollout first, and leaves what was stable", async () => {
    await promote("v3");
    await setPolicy();
    await begun();
    await alert();
    expect(await released()).toMatchObject({ stable: { version: "v3" }, canary: null });
    expect((await shown()).state).toBe("aborted");
  });
});
