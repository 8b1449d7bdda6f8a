/** Rollouts and shadows against the real registry and reconciler; the edge's counts are what each test says they are. */
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { release as releaseSchema } from "../../contract/release.ts";
import type { AnyJson } from "../testing/test-control-plane.ts";
import { startTestLine, type TestLine } from "../testing/test-line.ts";

let line: TestLine;

beforeEach(async () => {
  line = await startTestLine();
});
afterEach(() => line.plane.close());

describe("a rollout", () => {
  it("walks through its steps on good evidence and promotes at the end, once, with every step logged", async () => {
    await line.begin({ cohort: { countries: ["DE"] } });
    expect(await line.released()).toMatchObject({
      generation: 2,
      stable: { version: "v1" },
      canary: { version: "v2", percent: 10, rollout: 1, cohort: { countries: ["DE"] } },
    });
    expect(await line.stageOf("v2")).toBe("staging");
    line.count("v1", 9000);
    line.count("v2", 1000);
    await line.lookAfter(9);
    expect((await line.released()).generation).toBe(2);
    await line.lookAfter(2);
    expect(await line.released()).toMatchObject({ generation: 3, canary: { percent: 50, rollout: 1 } });
    await line.publish();
    await line.lookAfter(0);
    line.count("v1", 2000);
    line.count("v2", 2000);
    await line.lookAfter(11);
    expect(await line.released()).toMatchObject({ generation: 4, stable: { version: "v2" }, canary: null });
    expect([await line.stageOf("v1"), await line.stageOf("v2")]).toEqual(["archived", "production"]);
    const { state, events } = await line.shown();
    expect(state).toBe("completed");
    expect(events.map((event: AnyJson) => [event.kind, event.generation])).toEqual([
      ["started", 2],
      ["advanced", 3],
      ["completed", 4],
    ]);
    expect(events[1].evidence.canary).toMatchObject({ requests: 1000, errors: 0 });
    await line.lookAfter(60);
    expect((await line.released()).generation).toBe(4);
  });

  it("is taken back without a hand when its canary fails, with the evidence, and an incident names it", async () => {
    await line.begin();
    line.count("v1", 4500);
    line.count("v2", 500, 25);
    await line.lookAfter(1);
    expect(await line.released()).toMatchObject({ generation: 3, stable: { version: "v1" }, canary: null });
    expect(await line.stageOf("v2")).toBe("staging");
    const { state, events } = await line.shown();
    expect(state).toBe("aborted");
    expect(events.at(-1)).toMatchObject({ kind: "aborted", generation: 3, evidence: { canary: { errors: 25 } } });
    expect(await line.incidents()).toMatchObject([
      { title: "CanaryTakenBack: m v2", status: "open", severity: "critical", models: ["m"] },
    ]);
    expect((await line.audit()).filter((entry) => entry.act === "rollout_aborted")).toHaveLength(1);
  });

  it("pauses for a person without evidence, is taken back from the pause when it fails, and begins the step anew on resuming", async () => {
    await line.begin();
    line.setReadable(false);
    await line.lookAfter(29);
    expect((await line.shown()).state).toBe("running");
    await line.lookAfter(2);
    expect(await line.shown()).toMatchObject({ state: "paused", events: [{}, { kind: "paused", generation: null }] });
    expect((await line.released()).canary.percent).toBe(10);
    line.setReadable(true);
    expect((await line.act("resume")).body).toMatchObject({ state: "running", step: 0 });
    await line.act("pause");
    await line.lookAfter(0);
    line.count("v1", 900);
    line.count("v2", 100, 50);
    await line.lookAfter(1);
    expect((await line.shown()).state).toBe("aborted");
  });

  it("is not paused by its first look, however late it comes", async () => {
    await line.start();
    await line.publish();
    await line.lookAfter(60);
    expect((await line.shown()).state).toBe("running");
    await line.lookAfter(1);
    expect((await line.shown()).state).toBe("paused");
  });

  it("takes what the edge had counted before the step for nothing", async () => {
    line.count("v2", 10_000, 9_000);
    await line.begin();
    line.count("v1", 9000);
    line.count("v2", 1000);
    await line.lookAfter(11);
    expect((await line.shown()).step).toBe(1);
  });

  it("goes to the next step when a person says so, and the last one still asks the gates", async () => {
    await line.begin();
    expect((await line.act("advance")).body).toMatchObject({ state: "running", step: 1, generation: 3 });
    expect((await line.act("advance")).body).toMatchObject({ state: "completed" });
    expect(await line.act("advance")).toMatchObject({ status: 404, body: { code: "rollout_unknown" } });
    const history = (await line.plane.call("GET", "/api/models/m/history")).body.moves;
    expect(history[0]).toMatchObject({ version: "v2", act: "promote", to: "production" });
    expect(history[0].gateRun).not.toBeNull();
  });

  it("tells the audit log of each of its moves that the gates stop: its start, a person's last advance, the controller's", async () => {
    const askForSignOff = (level: string) =>
      line.plane.call("PUT", "/api/models/m/gate-policy", { policy: { signOff: { level } }, reason: "a test" });
    const refusals = async () => (await line.audit()).filter((entry) => entry.act === "promote_refused");
    await askForSignOff("block");
    expect(await line.start()).toMatchObject({ status: 409, body: { code: "gates_refused" } });
    expect(await refusals()).toMatchObject([
      {
        model: "m",
        version: "v2",
        reason: "a test",
        actor: { name: "admin" },
        details: { stoppedBy: expect.stringMatching(/^sign_off inconclusive/) },
      },
    ]);
    await askForSignOff("off");
    await line.begin({ steps: line.STEPS.slice(0, 1) });
    await askForSignOff("block");
    expect(await line.act("advance")).toMatchObject({ status: 409, body: { code: "gates_refused" } });
    expect(await refusals()).toHaveLength(2);
    line.count("v1", 9000);
    line.count("v2", 1000);
    await line.lookAfter(11);
    expect((await refusals())[0]).toMatchObject({ version: "v2", actor: { name: "rollout controller" } });
    const { state, events } = await line.shown();
    expect(state).toBe("paused");
    expect(events.at(-1).reason).toMatch(/^the next step was refused: the gates stopped it \(sign_off inconclusive/);
    await line.lookAfter(11);
    expect(await refusals()).toHaveLength(3);
  });

  it("keeps other promotions out and its version where it is, until it is over", async () => {
    await line.begin();
    expect(await line.promote("v3")).toMatchObject({ status: 409, body: { code: "rollout_active" } });
    expect(await line.start("v3")).toMatchObject({ status: 409, body: { code: "rollout_active" } });
    const away = await line.plane.call("POST", "/api/models/m/versions/v2/promote", { stage: "archived", reason: "a test" });
    expect(away).toMatchObject({ status: 409, body: { code: "rollout_active" } });
    await line.act("abort");
    expect((await line.promote("v3")).body).toMatchObject({ to: "production" });
  });

  it("ends with a rollback: a bare one takes back the canary and nothing else, one to a version does both", async () => {
    await line.begin();
    expect(await line.rollback()).toMatchObject({ body: { act: "rollback", version: "v1", generation: 3, replaced: null } });
    expect(await line.released()).toMatchObject({ stable: { version: "v1" }, canary: null });
    expect((await line.shown()).state).toBe("aborted");
    await line.promote("v3");
    await line.begin();
    expect(await line.rollback({ to: "v1" })).toMatchObject({ body: { version: "v1", replaced: "v3" } });
    expect(await line.released()).toMatchObject({ stable: { version: "v1" }, canary: null });
    expect((await line.shown()).state).toBe("aborted");
  });

  it("needs a version in production to stand beside, rising percentages, and a latency limit that is a bucket's bound", async () => {
    await line.plane.stagedVersions("n", 1);
    const lone = await line.plane.call("POST", "/api/models/n/versions/v1/rollout", { steps: line.STEPS, reason: "a test" });
    expect(lone).toMatchObject({ status: 409, body: { code: "rollout_without_stable" } });
    for (const wrong of [{ steps: line.STEPS.toReversed() }, { steps: [] }, { thresholds: { latencyMs: 120 } }, { cohort: {} }]) {
      expect(await line.start("v2", wrong)).toMatchObject({ status: 400, body: { code: "body_invalid" } });
    }
    expect((await line.plane.call("GET", "/api/models/m/rollout")).status).toBe(404);
  });

  it("has a log that nothing can rewrite", async () => {
    await line.begin();
    for (const statement of ["UPDATE rollout_events SET reason = 'x'", "DELETE FROM rollout_events"]) {
      const write = line.plane.controlPlane.registration.registry.write(async (db) => ({
        ok: true,
        value: await db.run(sql.raw(statement)),
      }));
      await expect(write).rejects.toThrow();
    }
  });
});

describe("a shadow", () => {
  it("is a release of its own, outlives a canary's steps, and is shown with what the edge counted", async () => {
    await line.begin();
    const started = await line.plane.call("POST", "/api/models/m/shadow", { version: "v3", reason: "a test" });
    expect(started).toMatchObject({
      status: 200,
      body: { shadow: { version: "v3", tolerance: { absolute: 0, relative: 0.1 } } },
    });
    await line.act("advance");
    const { canary, shadow } = releaseSchema.parse(await line.released());
    expect([canary?.percent, shadow?.version]).toEqual([50, "v3"]);
    expect((await line.plane.call("POST", "/api/models/m/shadow/stop", { reason: "a test" })).body.shadow).toBeNull();
    expect((await line.released()).canary.percent).toBe(50);
    expect(await line.plane.call("POST", "/api/models/m/shadow/stop", { reason: "a test" })).toMatchObject({ status: 404 });
  });

  it("is no version that answers callers, and none in development", async () => {
    const shadow = (version: string) => line.plane.call("POST", "/api/models/m/shadow", { version, reason: "a test" });
    expect(await shadow("v1")).toMatchObject({ status: 409, body: { code: "shadow_illegal" } });
    await line.plane.register("m", "another");
    expect(await shadow("v4")).toMatchObject({ status: 409, body: { code: "shadow_illegal" } });
  });
});
