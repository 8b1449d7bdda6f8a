/**
 * A canary that fails on 5 % of its requests, under load, on the whole system as a person starts it: it is taken back without a hand, callers of stable never notice, and the
 * incident names it. A good one walks through its steps to production. The model's failure is real: it gives NaN for x below 0.05.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IncidentAnswer, IncidentsAnswer } from "../control-plane/api/incident-schemas.ts";
import type { RolloutAnswer } from "../control-plane/api/rollout-schemas.ts";
import { startSystem, type RunningSystem } from "./harness/running-system.ts";
import { isFullScale, scaled } from "./harness/scale.ts";
import { squareRootModel } from "./models/square-root.ts";

const model = "roots";
const INTERVAL_SECONDS = scaled({ full: 10, quick: 1 });
const CLIENTS = 12;
const FAILING_SHARE = 0.05;
/** 100 requests show that at most 5 % more are slow, and no fewer would. */
const GOOD_STEPS = ["--steps", "30%@3s/25,60%@3s/25", "--error-margin", "20%", "--latency", "5000"];
let system: RunningSystem;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "edgewise-canary-"));
  system = await startSystem({ ROLLOUT_ANALYSIS_SECONDS: String(INTERVAL_SECONDS) });
  const versions = [
    ["v1", 0],
    ["v2", FAILING_SHARE],
    ["v3", 0.001],
  ] as const;
  writeFileSync(join(directory, "rows.json"), "[[0.5],[0.9]]");
  for (const [name, offset] of versions) {
    const file = join(directory, `${name}.onnx`);
    writeFileSync(file, squareRootModel(offset));
    await system.edgewise("register", file, "--model", model, "--examples", join(directory, "rows.json"), "--stage", "staging");
  }
  await system.edgewise("promote", model, "v1", "--reason", "first", "--wait");
});

afterAll(async () => {
  await system?.stop();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

interface Ledger {
  isOver: boolean;
  /** Answers by version and status. */
  answers: Map<string, number>;
  firstCanaryErrorMs: number | undefined;
  /** Callers by the versions that answered them. */
  versions: Map<string, Set<string>>;
}

/** Clients, each request another caller of a thousand with an x of its own, until `isOver`. */
async function load(ledger: Ledger, lowest: number): Promise<void> {
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (let at = client; !ledger.isOver; at += CLIENTS) {
        const key = `caller ${at % 1000}`;
        const x = lowest + ((at * 7919) % 10_007) / 10_007;
        const response = await fetch(`${system.edgeUrl}/predict`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-edgewise-key": key },
          body: JSON.stringify({ model, instances: [[x]] }),
        });
        await response.arrayBuffer();
        const version = response.headers.get("x-model-version") ?? "none";
        const answer = `${version} ${response.status}`;
        ledger.answers.set(answer, (ledger.answers.get(answer) ?? 0) + 1);
        ledger.versions.set(key, (ledger.versions.get(key) ?? new Set()).add(version));
        if (version === "v2" && response.status !== 200) ledger.firstCanaryErrorMs ??= Date.now();
      }
    }),
  );
}

const newLedger = (): Ledger => ({ isOver: false, answers: new Map(), firstCanaryErrorMs: undefined, versions: new Map() });
const rollout = async (): Promise<RolloutAnswer> => (await system.api("GET", `/api/models/${model}/rollout`)).json;

async function until(state: RolloutAnswer["state"]): Promise<RolloutAnswer> {
  for (;;) {
    const shown = await rollout();
    if (shown.state === state) return shown;
    if (shown.endedAt !== null || shown.state === "paused")
      throw new Error(`the rollout is ${shown.state}: ${JSON.stringify(shown.events.at(-1))}`);
    await sleep(200);
  }
}

const countOf = (ledger: Ledger, answer: string): number => ledger.answers.get(answer) ?? 0;

describe("a canary under load", () => {
  it("that fails on 5 % of its requests is taken back without a hand, and an incident names it", async () => {
    const ledger = newLedger();
    const clients = load(ledger, 0);
    await system.edgewise("promote", model, "v2", "--steps", "10%@10m/1000", "--reason", "smaller");
    const ended = await until("aborted");
    const servedUntil = countOf(ledger, "v2 200");
    await expect.poll(servedGeneration, { timeout: 30_000 }).toBe(ended.generation);
    ledger.isOver = true;
    await clients;
    const [errors, requests] = [countOf(ledger, "v2 400"), countOf(ledger, "v2 400") + countOf(ledger, "v2 200")];
    const abortedAt = Date.parse(ended.endedAt ?? "");
    const seconds = (abortedAt - (ledger.firstCanaryErrorMs ?? 0)) / 1000;
    console.log(
      `${errors} of ${requests} requests failed on the canary (${servedUntil} good ones before the abort); answers: ${JSON.stringify(Object.fromEntries(ledger.answers))}; taken back ${seconds.toFixed(1)} s after its first error, at an interval of ${INTERVAL_SECONDS} s: ${ended.events.at(-1)?.reason}`,
    );
    // At the default interval; a shorter one is over before the canary has had the requests that a sure judgement needs.
    if (isFullScale) expect(seconds).toBeLessThanOrEqual(2 * INTERVAL_SECONDS);
    // Everybody else was answered, always.
    expect([...ledger.answers.keys()].toSorted()).toEqual(["v1 200", "v2 200", "v2 400"]);
    expect(ended.events.map(({ kind }) => kind)).toEqual(["started", "aborted"]);
    expect(ended.events.at(-1)?.by.name).toBe("rollout controller");
    const onCanary = [...ledger.versions.values()].filter((versions) => versions.has("v2")).length;
    expect(Math.abs(onCanary - 0.1 * ledger.versions.size)).toBeLessThan(4 * Math.sqrt(ledger.versions.size * 0.09));
    const { incidents } = (await system.api("GET", "/api/incidents")).json as IncidentsAnswer;
    expect(incidents).toMatchObject([{ title: `CanaryTakenBack: ${model} v2`, models: [model], status: "open" }]);
    const incident = (await system.api("GET", `/api/incidents/${incidents[0]?.id}`)).json as IncidentAnswer;
    expect(incident.description).toMatch(/v2 of roots was taken back at 10 %; v1 answers alone\. errors: \d+ of \d+/);
  });

  it("that is good walks through its steps to production, with every request answered", async () => {
    const ledger = newLedger();
    const clients = load(ledger, 0.01);
    await system.edgewise("promote", model, "v3", ...GOOD_STEPS, "--reason", "smaller");
    const ended = await until("completed");
    ledger.isOver = true;
    await clients;
    console.log(`answers on the way to production: ${JSON.stringify(Object.fromEntries(ledger.answers))}`);
    expect(ended.events.map(({ kind }) => kind)).toEqual(["started", "advanced", "completed"]);
    expect([...ledger.answers.keys()].toSorted()).toEqual(["v1 200", "v3 200"]);
    expect(await system.edgewise("rollout", "show", model)).toMatch(/completed/);
    expect(await system.edgewise("history", model)).toMatch(/promote +v3 +staging +production/);
  });
});

async function servedGeneration(): Promise<number> {
  const response = await fetch(`${system.edgeUrl}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, instances: [[0.5]] }),
  });
  await response.arrayBuffer();
  return Number(response.headers.get("x-release-generation"));
}
