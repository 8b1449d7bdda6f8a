import pino from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { driftReports } from "../../registry/drift-schema.ts";
import { startTestControlPlane, type AnyJson, type TestControlPlane } from "../../testing/test-control-plane.ts";
import { succeed } from "../../../contract/result.ts";
import { lookAtTriggers } from "./trigger-loop.ts";

const HOUR_MS = 3_600_000;
let plane: TestControlPlane;
let model = "";
let count = 0;

beforeAll(async () => {
  // Its own loop looks once, before anything is configured; the tests look with a clock of their own.
  plane = await startTestControlPlane({ RETRAIN_TRIGGER_SECONDS: "86400" });
});
afterAll(() => plane.close());

/** A line of its own with v1 in production; its runs fail at once, for it has no data, which is all that a trigger needs of a run. */
async function line(triggers: object): Promise<void> {
  model = `line-${++count}`;
  await plane.stagedVersions(model, 1);
  await plane.call("POST", `/api/models/${model}/versions/v1/promote`, { stage: "production", reason: "first" });
  await configure(triggers);
}

const configure = (triggers: object): Promise<unknown> =>
  plane.call("PUT", `/api/models/${model}/retraining`, {
    config: {
      source: { kind: "files", files: ["none.csv"] },
      time: { column: "time" },
      split: { windowDays: 10, validationDays: 3 },
      features: ["PM10"],
      label: "y",
      triggers,
    },
    reason: "a test",
  });

/** `looks` looks at once, `hours` from now. */
async function look(hours = 0, looks = 1): Promise<void> {
  const { registry } = plane.controlPlane.registration;
  const now = (): Date => new Date(Date.now() + hours * HOUR_MS);
  const tools = { registry, now, onQueued: () => plane.controlPlane.retraining.runner.wake(), log: pino({ level: "silent" }) };
  await Promise.all(Array.from({ length: looks }, () => lookAtTriggers(tools)));
}

/** A stored report with that PSI of PM10; of the report itself only what the trigger reads is there. */
async function report(psi: number): Promise<void> {
  const { registry } = plane.controlPlane.registration;
  const row = {
    model,
    number: 1,
    origin: "scheduled" as const,
    verdict: "drift" as const,
    referenceRows: 1000,
    currentRows: 1000,
  };
  const form = { features: { PM10: { psi: { psi } } } } as never;
  const createdAt = new Date().toISOString();
  await registry.write(async (db) => {
    await db.insert(driftReports).values({ ...row, report: form, createdAt, createdByName: "a test" });
    return succeed(undefined);
  });
}

const runs = async (): Promise<AnyJson[]> => (await plane.call("GET", `/api/retrains?model=${model}`)).body.runs;
const decision = async (trigger: string): Promise<AnyJson> =>
  (await plane.call("GET", `/api/models/${model}/retraining/triggers`)).body.triggers.find(
    (one: AnyJson) => one.trigger === trigger,
  );

/** Until no run is active: what is counted as the last run has ended. */
async function settled(): Promise<AnyJson[]> {
  for (;;) {
    const all = await runs();
    if (all.every(({ finishedAt, state }) => finishedAt !== null || state === "suggested")) return all;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a shift in PM10", () => {
  it("starts one run, not two, by however many looks at once; a cooldown holds the next", async () => {
    await line({ drift: { mode: "run", keyFeatures: ["PM10"] } });
    await report(0.1);
    await look();
    expect(await runs()).toEqual([]);
    await report(0.34);
    await look(0, 8);
    expect(await settled()).toMatchObject([
      { trigger: "drift", state: "failed", reason: expect.stringContaining("PSI of PM10 0.340 (limit 0.2)") as string },
    ]);
    await look(0, 4);
    await report(0.5);
    await look(23, 4);
    expect(await settled()).toHaveLength(1);
    expect(await decision("drift")).toMatchObject({ state: "held", because: { why: "cooldown" } });
    await look(25, 4);
    expect(await settled()).toHaveLength(2);
  });

  it("is suggested where it is to be: one suggestion, which a person accepts", async () => {
    await line({ drift: { mode: "suggest" } });
    await report(0.3);
    await look(0, 4);
    await report(0.4);
    await look(0, 4);
    const [suggestion, ...others] = await runs();
    expect([suggestion.state, others.length]).toEqual(["suggested", 0]);
    const accepted = await plane.call("POST", `/api/retrains/${suggestion.id}/accept`, { reason: "looks real" });
    expect([accepted.status, accepted.body.events.map(({ kind }: AnyJson) => kind)[1]]).toEqual([200, "accepted"]);
    expect(await settled()).toMatchObject([{ id: suggestion.id, trigger: "drift", state: "failed" }]);
  });
});

it("a schedule starts one run a month, on the 1st, and a missed one is caught up on once", async () => {
  await line({ schedule: { mode: "run" } });
  const first = new Date();
  const hoursUntil = (months: number): number =>
    (Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + months, 1) - first.getTime()) / HOUR_MS;
  await look(hoursUntil(1) - 1);
  expect(await runs()).toEqual([]);
  for (const at of [hoursUntil(1) + 0.1, hoursUntil(1) + 30, hoursUntil(1) + 100]) await look(at, 3);
  expect(await settled()).toMatchObject([{ trigger: "schedule" }]);
  // Nobody looked for three months.
  await look(hoursUntil(4) + 50, 3);
  expect(await settled()).toHaveLength(2);
});

it("a person's word is held by no cooldown, but by a run that is not over", async () => {
  await line({});
  const ask = () => plane.call("POST", `/api/models/${model}/retrain`, { reason: "new sensors" });
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([202, 409, 409]);
  await settled();
  expect((await ask()).status).toBe(202);
  expect(await settled()).toMatchObject([{ trigger: "manual", reason: "new sensors" }, { trigger: "manual" }]);
});

it("a line without a configuration answers what to do", async () => {
  const answer = await plane.call("POST", "/api/models/nothing/retrain", { reason: "r" });
  expect([answer.status, answer.body.code]).toEqual([409, "retrain_not_configured"]);
});
