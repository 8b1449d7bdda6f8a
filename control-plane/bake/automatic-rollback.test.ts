/** Automatic rollback against the real registry; the edge's counts are what each test says they are. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTestLine, type TestLine } from "../testing/test-line.ts";

const MINUTE = 60_000;
let line: TestLine;

beforeEach(async () => {
  line = await startTestLine();
});
afterEach(() => line.plane.close());

const POLICY = { bakeMinutes: 30, errorShareMax: 0.02, refusalsMax: 0, alerts: ["ModelIsBad"] };
const setPolicy = (policy: object | null = POLICY) =>
  line.plane.call("PUT", "/api/models/m/release-policy", { policy, reason: "a test" });
const alert = (startsAt = new Date(Date.now() + 1000)) =>
  line.plane.call("POST", "/api/alerts", {
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
    await line.promote("v2");
    await line.lookNow();
    line.count("v2", 1000, 60);
    const before = (await line.audit()).length;
    await line.lookAfter(1);
    expect(await line.released()).toMatchObject({ generation: 3, stable: { version: "v1" } });
    const rows = (await line.audit()).slice(0, (await line.audit()).length - before).filter((entry) => entry.act === "rollback");
    expect(rows).toMatchObject([
      { details: { generation: 3, gateRun: "skipped", evidence: { findings: [{ outcome: "fail" }, {}] } } },
    ]);
    expect(await line.incidents()).toMatchObject([{ title: "RolledBackAutomatically: m v2", models: ["m"], status: "open" }]);
    line.count("v1", 1000, 900);
    for (const minutes of [1, 10, 120]) await line.lookAfter(minutes);
    expect((await line.released()).generation).toBe(3);
    expect(await line.bakes()).toMatchObject([{ version: "v2", state: "rolled_back" }]);
  });

  it("is held back within the cooldown, and an incident says so once", async () => {
    await setPolicy();
    await line.promote("v2");
    await line.lookNow();
    line.count("v2", 1000, 60);
    await line.lookAfter(1);
    await line.promote("v3");
    await line.lookNow();
    line.count("v3", 1000, 60);
    for (const minutes of [1, 1, 1]) await line.lookAfter(minutes);
    expect(await line.released()).toMatchObject({ generation: 4, stable: { version: "v3" } });
    expect((await line.incidents()).map(({ title }) => title)).toEqual([
      "RollbackHeldBack: m v3",
      "RolledBackAutomatically: m v2",
    ]);
    expect((await line.bakes())[0]).toMatchObject({ version: "v3", state: "held" });
  });

  it("is left alone without a policy, and when its time has passed", async () => {
    await line.promote("v2");
    await line.lookNow();
    line.count("v2", 1000, 900);
    await line.lookAfter(1);
    expect((await line.released()).generation).toBe(2);
    await setPolicy();
    await line.lookAfter(0);
    await line.lookAfter(31);
    line.count("v2", 1000, 900);
    await line.lookAfter(1);
    expect((await line.released()).generation).toBe(2);
    expect((await line.bakes())[0]).toMatchObject({ state: "passed" });
  });

  it("is rolled back by an alert that names the model and is in the policy, unless it began before the version", async () => {
    await setPolicy();
    const early = new Date(Date.now() - MINUTE);
    await line.promote("v2");
    await alert(early);
    expect((await line.released()).generation).toBe(2);
    await alert();
    expect(await line.released()).toMatchObject({ generation: 3, stable: { version: "v1" } });
    await alert(new Date(Date.now() + 2000));
    expect((await line.released()).generation).toBe(3);
  });

  it("an alert takes back a rollout first, and leaves what was stable", async () => {
    await line.promote("v3");
    await setPolicy();
    await line.begin();
    await alert();
    expect(await line.released()).toMatchObject({ stable: { version: "v3" }, canary: null });
    expect((await line.shown()).state).toBe("aborted");
  });
});
