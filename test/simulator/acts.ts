/** What people, the controller, the reconciler, the isolates and the world do in the simulation: each act by its name, and how often it is drawn. */
import { seriesText } from "../../contract/series-text.ts";
import { succeed } from "../../contract/result.ts";
import { setReleasePolicy } from "../../control-plane/bake/release-policies.ts";
import { releasePolicy, rolloutPlan, type RolloutAct } from "../../control-plane/api/rollout-schemas.ts";
import type { EdgeView } from "../../control-plane/metrics/edge-counts.ts";
import { analyseRollout } from "../../control-plane/rollouts/analyse-rollout.ts";
import { abortRollout, nextStep, pauseRollout, resumeRollout } from "../../control-plane/rollouts/change-rollout.ts";
import { readCounters } from "../../control-plane/rollouts/controller.ts";
import { activeRollout, requireActive } from "../../control-plane/rollouts/rollout-records.ts";
import { startShadow, stopShadow } from "../../control-plane/rollouts/shadow.ts";
import { startRollout } from "../../control-plane/rollouts/start-rollout.ts";
import { watchModel } from "../../control-plane/bake/watch-bakes.ts";
import { releasePolicyOf } from "../../control-plane/bake/release-policies.ts";
import { currentGeneration, findModel } from "../../control-plane/registry/models.ts";
import { promoteVersion } from "../../control-plane/releases/promote.ts";
import { rollbackModel } from "../../control-plane/releases/rollback.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const PLAN = rolloutPlan.parse({
  steps: [
    { percent: 10, durationMs: 2 * MINUTE, requestsMin: 200 },
    { percent: 50, durationMs: 2 * MINUTE, requestsMin: 200 },
  ],
});
const SHORT_PLAN = { ...PLAN, steps: PLAN.steps.slice(1) };
const POLICY = releasePolicy.parse({ bakeMinutes: 60, errorShareMax: 0.02, refusalsMax: 0, cooldownMinutes: 30 });
export const ARTIFACT_BYTES_MAX = 1024;

export type Act = (world: World) => Promise<unknown>;

/** Drawn as often as it is listed; each is one step of the simulation. */
export const ACTS: Record<string, { weight: number; act: Act }> = {
  register: { weight: 1, act: ({ register, chaos }) => register(chaos.random() < 0.8) },
  promote: { weight: 3, act: promote },
  start_rollout: { weight: 6, act: start },
  look: { weight: 12, act: look },
  person: { weight: 1, act: person },
  rollback: { weight: 2, act: (world) => rollback(world, undefined) },
  rollback_to: { weight: 2, act: async (world) => rollback(world, await anyVersion(world)) },
  shadow: { weight: 1, act: shadow },
  minutes: { weight: 12, act: minutes },
  count: { weight: 8, act: async (world) => count(world) },
  publish: { weight: 10, act: ({ publishOnce }) => publishOnce() },
  refresh: { weight: 14, act: refresh },
  restart: { weight: 1, act: restart },
  clock: { weight: 8, act: async (world) => moveClock(world) },
  policy: { weight: 1, act: policy },
};

const toolsOf = ({ key }: World) => ({ key, artifactBytesMax: ARTIFACT_BYTES_MAX });

async function anyVersion({ plain, model, chaos }: World): Promise<string> {
  const known = await plain.read((db) => findModel(db, model));
  return `v${1 + chaos.below(known.ok ? known.value.versions : 1)}`;
}

async function promote(world: World): Promise<void> {
  const version = await anyVersion(world);
  const { model, registry } = world;
  const generation = await registry.read((db) => currentGeneration(db, model));
  const to =
    world.chaos.random() < 0.85 ? ("production" as const) : world.chaos.pick(["archived", "development", "staging"] as const);
  const request = { model, version, to, reason: "simulated", expectedGeneration: to === "production" ? generation : undefined };
  await registry.write((db) => promoteVersion(db, toolsOf(world), world.context("person"), request));
}

async function start(world: World): Promise<void> {
  const request = {
    model: world.model,
    version: await anyVersion(world),
    plan: world.chaos.random() < 0.5 ? PLAN : SHORT_PLAN,
    reason: "simulated",
  };
  await world.registry.write((db) => startRollout(db, toolsOf(world), world.context("person"), request));
}

async function rollback(world: World, to: string | undefined): Promise<void> {
  const request = { model: world.model, to, reason: "simulated" };
  await world.registry.write((db) => rollbackModel(db, world.key, world.context("person"), request));
}

/** One look of the controller, at this model only: the registry is shared with the other simulated lines. */
async function look(world: World): Promise<void> {
  const { registry, model, counters } = world;
  const edge = {
    look: { state: counters ? "answered" : "silent" },
    totals: { state: "complete", counters },
  } as unknown as EdgeView;
  const read = await readCounters(async () => edge);
  const tools = {
    registry,
    gateTools: toolsOf(world),
    collectWindows: undefined,
    timelineHours: 1,
    now: () => new Date(world.clock()),
    log: { info() {}, warn() {} },
  };
  const row = await registry.read((db) => activeRollout(db, model));
  if (row) await analyseRollout(tools, read, row);
  const inForce = await registry.read((db) => releasePolicyOf(db, model));
  if (inForce) await watchModel(tools, read, model, inForce);
}

/** What mostly happens between people's acts: the release is published, requests come, time passes, the controller looks. */
async function minutes(world: World): Promise<void> {
  await world.publishOnce();
  await look(world);
  count(world);
  world.moveClock(3 * MINUTE);
  await look(world);
  for (const { line } of world.isolates) await line.refresh(world.clock);
}

async function person(world: World): Promise<void> {
  const { registry, model, key, chaos } = world;
  const name = chaos.pick<RolloutAct>(["pause", "resume", "abort", "advance"]);
  const act = { reason: "simulated" };
  await registry.write(async (db) => {
    const context = world.context("person");
    const active = await requireActive(db, model);
    if (!active.ok) return active;
    if (name === "advance") return nextStep(db, toolsOf(world), context, active.value, act);
    if (name === "abort") return succeed(await abortRollout(db, key, context, active.value, act));
    return succeed(await (name === "pause" ? pauseRollout : resumeRollout)(db, context, active.value, act));
  });
}

async function shadow(world: World): Promise<void> {
  const { registry, model, key, chaos } = world;
  const version = await anyVersion(world);
  const tolerance = { absolute: 0, relative: 0.1 };
  await registry.write((db) => {
    const context = world.context("person");
    return chaos.random() < 0.6
      ? startShadow(db, key, context, { model, version, tolerance, reason: "simulated" })
      : stopShadow(db, key, context, model, "simulated");
  });
}

async function policy(world: World): Promise<void> {
  const { registry, model, chaos } = world;
  const next = chaos.random() < 0.8 ? POLICY : null;
  await registry.write((db) => setReleasePolicy(db, world.context("person"), model, next, "simulated"));
}

/** The edge counts requests of any versions, some of them badly; now and then it cannot be read, or has lost its counts. */
function count(world: World): void {
  const { chaos, model } = world;
  if (chaos.chance(0.05)) world.counters = undefined;
  else if (world.counters === undefined || chaos.chance(0.03)) world.counters = new Map();
  const add = (name: string, labels: object, value: number): void => {
    const text = seriesText(name, { model, ...labels });
    world.counters?.set(text, (world.counters.get(text) ?? 0) + value);
  };
  const isBad = chaos.random() < 0.15;
  for (let number = 1; number <= 6; number++) {
    const version = `v${number}`;
    const requests = chaos.below(1500);
    add("release_requests_total", { version, generation: "1", colo: "other" }, requests);
    add(
      "version_errors_total",
      { version, reason: "inference_failed" },
      isBad && chaos.random() < 0.5 ? Math.floor(requests / 10) : 0,
    );
    add("version_latency_seconds_count", { version }, requests);
    add("version_latency_seconds_bucket", { version, le: "0.1" }, requests);
  }
  if (chaos.chance(0.05)) add("model_refusals_total", { reason: "golden_mismatch" }, 1);
}

async function refresh({ isolates, chaos, clock }: World): Promise<void> {
  await chaos.pick(isolates).line.refresh(clock);
}

/** An isolate ends; another, which knows nothing, takes its place. Or it only lets go of the model. */
async function restart(world: World): Promise<void> {
  const isolate = world.chaos.pick(world.isolates);
  if (world.chaos.random() < 0.5) await isolate.line.unload();
  else Object.assign(isolate, { line: world.newIsolate(), highest: 0 });
}

function moveClock(world: World): void {
  const { chaos } = world;
  const jump = chaos.chance(0.1) ? chaos.pick([-1, 1]) * chaos.below(2 * 24 * 60) : chaos.below(5);
  world.moveClock(jump * MINUTE);
}
