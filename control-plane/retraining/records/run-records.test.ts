import { createClient } from "@libsql/client";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { succeed } from "../../../contract/result.ts";
import { retrainConfig } from "../../api/retrain-config-schema.ts";
import { openRegistry, type Registry } from "../../registry/database.ts";
import { allConfigs, findConfig, listConfigs, setConfig } from "./config-records.ts";
import { appendLog, readLog } from "./log-records.ts";
import { readRun } from "./run-answer.ts";
import { activeRuns, insertRun, listRuns, moveRunRow, requestCancel, type NewRun } from "./run-records.ts";
import { retrainFamilies } from "../retrain-families.ts";

let directory: string;
let url: string;
let registry: Registry;
const context = { actor: { tokenId: "t", name: "a person" }, requestId: "r", now: new Date("2026-12-01T00:00:00Z") };

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-runs-"));
  url = `file:${join(directory, "registry.db")}`;
  registry = await openRegistry({ url });
});
afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true, force: true });
});

const run = (changes: Partial<NewRun> = {}): NewRun => ({
  model: "m",
  state: "queued",
  trigger: "manual",
  triggerKey: "manual:1",
  reason: "because",
  evidence: { asked: true },
  configRevision: 1,
  ...changes,
});
const insert = (changes: Partial<NewRun> = {}) => registry.write((db) => insertRun(db, context, run(changes)));
const move = (id: number, details: Parameters<typeof moveRunRow>[3]) =>
  registry.write((db) => moveRunRow(db, context, id, details));
async function inserted(changes: Partial<NewRun> = {}): Promise<number> {
  const row = await insert(changes);
  if (!row.ok) throw new Error(row.failure.reason);
  return row.value.id;
}

/** The value of a metric of model m, as /metrics has it; undefined where it is absent. */
async function metricOfM(name: string): Promise<number | undefined> {
  const families = await retrainFamilies(registry)();
  return families.find((family) => family.name === name)?.series.find(([text]) => text === `${name}{model="m"}`)?.[1];
}

describe("runs", () => {
  it("are under way since they were asked for, a suggestion since it was accepted, and no longer once they are over", async () => {
    const since = "retrain_active_since_timestamp_seconds";
    const id = await inserted({ state: "suggested", trigger: "drift", triggerKey: "drift:1" });
    expect(await metricOfM(since)).toBeUndefined();
    const later = new Date(context.now.getTime() + 86_400_000);
    await registry.write((db) => moveRunRow(db, { ...context, now: later }, id, { move: "accept", text: "yes" }));
    expect(await metricOfM(since)).toBe(later.getTime() / 1000);
    await move(id, { move: "fail", text: "it failed" });
    expect(await metricOfM(since)).toBeUndefined();
    await inserted();
    expect(await metricOfM(since)).toBe(context.now.getTime() / 1000);
  });

  it("are one per model at a time, by many at once too, and by the database itself", async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, at) => insert({ triggerKey: `manual:${at}` })));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(outcomes.find(({ ok }) => !ok)).toEqual({ ok: false, failure: { reason: "retrain_active", model: "m", id: 1 } });
    expect(await insert({ model: "other" })).toMatchObject({ ok: true });
    const raw = createClient({ url });
    const columns =
      'model, state, "trigger", trigger_key, reason, evidence, config_revision, created_at, resumes, is_cancelling, actor_token_id, actor_name';
    const sneak = (state: string, key: string) =>
      raw.execute(
        `INSERT INTO retrain_runs (${columns}) VALUES ('m', '${state}', 'manual', '${key}', '', '{}', 1, '', 0, 0, '', '')`,
      );
    await expect(sneak("training", "k")).rejects.toThrow(/UNIQUE constraint failed: retrain_runs.model/);
    const events = raw.execute("UPDATE retrain_events SET text = 'another story'");
    await expect(events).rejects.toThrow("retrain_events is append-only");
    await expect(raw.execute("DELETE FROM retrain_events")).rejects.toThrow("retrain_events is append-only");
    raw.close();
  });

  it("are one per trigger key, ever", async () => {
    const id = await inserted({ triggerKey: "drift:7", trigger: "drift" });
    await move(id, { move: "fail", text: "it failed" });
    expect(await insert({ triggerKey: "drift:7", trigger: "drift" })).toEqual({
      ok: false,
      failure: { reason: "retrain_known", model: "m", id },
    });
    expect(await insert({ triggerKey: "drift:8", trigger: "drift" })).toMatchObject({ ok: true });
  });

  it("may be suggested beside a run, once per trigger, and accepted only when no run is active", async () => {
    const active = await inserted();
    const suggested = await inserted({ state: "suggested", trigger: "drift", triggerKey: "drift:1" });
    expect(await insert({ state: "suggested", trigger: "drift", triggerKey: "drift:2" })).toMatchObject({
      failure: { reason: "retrain_known", id: suggested },
    });
    const accept = () => move(suggested, { move: "accept", text: "yes" });
    expect(await accept()).toMatchObject({ ok: false, failure: { reason: "retrain_active", id: active } });
    await move(active, { move: "cancel", text: "no" });
    expect(await accept()).toMatchObject({ ok: true, value: { state: "queued" } });
  });

  it("tell what happened in events, and what each step found", async () => {
    const id = await inserted();
    await move(id, { move: "advance", text: "begins" });
    const files = [{ name: "a.csv", bytes: 3, sha256: "a".repeat(64) }];
    await move(id, { move: "advance", text: "1 file", details: { files } });
    await move(id, { move: "fail", text: "no column y", details: { reason: "column_absent" } });
    const answer = await registry.read((db) => readRun(db, id));
    expect(answer).toMatchObject({
      ok: true,
      value: {
        state: "failed",
        outcome: "no column y",
        finishedAt: context.now.toISOString(),
        fetched: { files },
        trained: null,
      },
    });
    if (!answer.ok) return;
    expect(answer.value.events.map(({ kind, step }) => `${kind} ${step ?? ""}`.trim())).toEqual([
      "queued",
      "step_started fetching",
      "step_finished fetching",
      "step_started preprocessing",
      "failed preprocessing",
    ]);
  });

  it("refuse a move that is not legal, and change nothing", async () => {
    const id = await inserted();
    expect(await move(id, { move: "reject", text: "worse" })).toEqual({
      ok: false,
      failure: { reason: "retrain_move_illegal", id, state: "queued", move: "reject" },
    });
    expect(await move(99, { move: "fail", text: "" })).toMatchObject({ failure: { reason: "retrain_unknown", id: 99 } });
    expect(await registry.read((db) => activeRuns(db))).toMatchObject([{ id, state: "queued" }]);
  });

  it("are cancelled at once while they wait, and by the runner while they are under way", async () => {
    const cancel = (id: number) => registry.write((db) => requestCancel(db, context, id, "not now"));
    const waiting = await inserted();
    expect(await cancel(waiting)).toMatchObject({ ok: true, value: { state: "cancelled" } });
    const running = await inserted({ triggerKey: "manual:2" });
    await move(running, { move: "advance", text: "" });
    expect(await cancel(running)).toMatchObject({ ok: true, value: { state: "fetching", isCancelling: true } });
    await move(running, { move: "cancel", text: "not now" });
    expect(await cancel(running)).toMatchObject({ ok: false, failure: { reason: "retrain_move_illegal" } });
  });

  it("are listed by page, model and state", async () => {
    for (const model of ["a", "b", "c"]) await inserted({ model });
    const list = (query: object) => registry.read((db) => listRuns(db, { limit: 2, ...query }));
    const first = await list({});
    expect([first.runs.map(({ model }) => model), first.next]).toEqual([["c", "b"], 2]);
    expect((await list({ before: first.next })).runs.map(({ model }) => model)).toEqual(["a"]);
    expect((await list({ model: "b" })).runs).toHaveLength(1);
    expect((await list({ state: "failed" })).runs).toEqual([]);
  });
});

it("a log is numbered on and read by page", async () => {
  const id = await inserted();
  const line = (text: string) => ({ at: context.now, step: "training" as const, text });
  for (const texts of [["a", "b"], ["c"]]) await registry.write(async (db) => succeed(await appendLog(db, id, texts.map(line))));
  const read = (after: number) => registry.read((db) => readLog(db, id, { after, limit: 2 }));
  expect((await read(0)).map(({ line: number, text }) => [number, text])).toEqual([
    [1, "a"],
    [2, "b"],
  ]);
  expect((await read(2)).map(({ line: number, text }) => [number, text])).toEqual([[3, "c"]]);
});

it("configurations are revisions: the newest is in force, none is lost", async () => {
  const config = (label: string) =>
    retrainConfig.parse({
      source: { kind: "files", files: ["*.csv"] },
      time: { column: "time" },
      split: { windowDays: 1, validationDays: 1 },
      features: ["a"],
      label,
    });
  const set = (model: string, label: string) =>
    registry.write(async (db) => succeed(await setConfig(db, context, model, { config: config(label), reason: "r" })));
  await set("m", "y");
  await set("m", "z");
  await set("n", "y");
  expect(await registry.read((db) => findConfig(db, "m"))).toMatchObject({
    ok: true,
    value: { revision: 2, config: { label: "z" } },
  });
  expect((await registry.read((db) => listConfigs(db, "m"))).map(({ config: { label } }) => label)).toEqual(["z", "y"]);
  expect((await registry.read(allConfigs)).map(({ model, revision }) => `${model} ${revision}`).toSorted()).toEqual([
    "m 2",
    "n 1",
  ]);
  expect(await registry.read((db) => findConfig(db, "o"))).toEqual({
    ok: false,
    failure: { reason: "retrain_not_configured", model: "o" },
  });
});
