/** What must hold of a simulated model line after every act, and what its audit log replays to. Reads only; throws with what is broken. */
import { asc, eq } from "drizzle-orm";
import { releaseKey } from "../../contract/names.ts";
import { release as releaseSchema, type Release } from "../../contract/release.ts";
import { auditLog, releases, stageMoves, versions } from "../../control-plane/registry/schema.ts";
import { rolloutEvents, rollouts } from "../../control-plane/registry/rollout-schema.ts";
import { gateRuns } from "../../control-plane/registry/gate-schema.ts";
import type { Queries } from "../../control-plane/registry/database.ts";
import { activeRollout } from "../../control-plane/rollouts/rollout-records.ts";
import type { World } from "./world.ts";

export async function checkInvariants(world: World): Promise<void> {
  const problems = world.isChanged ? await checkRegistry(world) : [];
  problems.push(...isolatesNeverGoBack(world, world.seen), ...keyNeverGoesBack(world));
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

async function checkRegistry(world: World): Promise<string[]> {
  const { plain, model } = world;
  world.isChanged = false;
  return plain.read(async (db) => {
    const rows = await db.select().from(releases).where(eq(releases.model, model)).orderBy(asc(releases.generation));
    const all = rows.map(({ payload, signature }, at) => {
      const known = world.seen[at];
      return known?.signature === signature ? known : releaseSchema.parse(JSON.parse(payload));
    });
    world.seen = all;
    return [
      ...(await oneProduction(db, model, all.at(-1))),
      ...risingGenerations(all),
      ...(await canaryIsOfRollout(db, model, all.at(-1))),
      ...(await gatesWereAsked(db, model)),
      ...(await logsAreLegal(db, model)),
      ...(await auditReplays(db, model, all.at(-1))),
    ];
  });
}

async function oneProduction(db: Queries, model: string, newest: Release | undefined): Promise<string[]> {
  const rows = await db.select().from(versions).where(eq(versions.model, model));
  const production = rows.filter(({ stage }) => stage === "production").map(({ number }) => `v${number}`);
  const expected = newest ? [newest.stable.version] : [];
  return production.join() === expected.join()
    ? []
    : [`production is [${production.join()}], the release says [${expected.join()}]`];
}

const risingGenerations = (all: readonly Release[]): string[] =>
  all.every(({ generation }, at) => generation === at + 1)
    ? []
    : [`generations are ${all.map(({ generation }) => generation).join()}`];

async function canaryIsOfRollout(db: Queries, model: string, newest: Release | undefined): Promise<string[]> {
  const rollout = await activeRollout(db, model);
  const expected = rollout ? `${rollout.id} v${rollout.number} ${rollout.plan.steps[rollout.step]?.percent}` : "none";
  const canary = newest?.canary;
  const got = canary ? `${canary.rollout} ${canary.version} ${canary.percent}` : "none";
  return got === expected ? [] : [`the canary is ${got}, the rollout ${expected}`];
}

async function gatesWereAsked(db: Queries, model: string): Promise<string[]> {
  const moves = await db.select().from(stageMoves).where(eq(stageMoves.model, model));
  const runs = await db.select().from(gateRuns).where(eq(gateRuns.model, model));
  return moves.flatMap(({ number, act, to, gateRun }) => {
    if (to !== "production" || act === "rollback") return [];
    const run = runs.find(({ id }) => id === gateRun);
    const record = run && (JSON.parse(run.payload) as { outcome: string });
    const isPassed = run?.number === number && run.act === "promotion" && record?.outcome === "passed";
    return isPassed ? [] : [`v${number} was promoted on gate run ${gateRun}`];
  });
}

/** A rollout's log walks its steps one by one, advances from a pause only by a person, and says nothing after its end. */
async function logsAreLegal(db: Queries, model: string): Promise<string[]> {
  const events = await db
    .select({ id: rollouts.id, kind: rolloutEvents.kind, step: rolloutEvents.step, by: rolloutEvents.actorName })
    .from(rolloutEvents)
    .innerJoin(rollouts, eq(rollouts.id, rolloutEvents.rolloutId))
    .where(eq(rollouts.model, model))
    .orderBy(asc(rolloutEvents.id));
  const last = new Map<number, (typeof events)[number]>();
  return events.flatMap((event) => {
    const before = last.get(event.id);
    last.set(event.id, event);
    const { kind, step, by } = event;
    const isOver = before?.kind === "completed" || before?.kind === "aborted";
    const isStep = step === (before?.step ?? 0) + (kind === "advanced" ? 1 : 0);
    const isOn = kind === "advanced" || kind === "completed";
    const isPaused = isOn && before?.kind === "paused" && by === "rollout controller";
    const isLegal = (kind === "started") === (before === undefined) && !isOver && isStep && !isPaused;
    return isLegal ? [] : [`rollout ${event.id}: ${kind} at step ${step} by ${by} after ${before?.kind} at ${before?.step}`];
  });
}

/** From its audit log alone: production, generation, and the percentage of the canary. */
async function auditReplays(db: Queries, model: string, newest: Release | undefined): Promise<string[]> {
  const entries = await db.select().from(auditLog).where(eq(auditLog.model, model)).orderBy(asc(auditLog.id));
  let state = { generation: 0, production: "none", percent: 0 };
  for (const { act, number, details } of entries) {
    const generation = typeof details["generation"] === "number" ? details["generation"] : state.generation;
    if (act === "promote" || act === "rollback") state = { generation, production: `v${number}`, percent: 0 };
    else if (act === "rollout_aborted") state = { ...state, generation, percent: 0 };
    else state = { ...state, generation, percent: typeof details["percent"] === "number" ? details["percent"] : state.percent };
  }
  const actual = {
    generation: newest?.generation ?? 0,
    production: newest?.stable.version ?? "none",
    percent: newest?.canary?.percent ?? 0,
  };
  return JSON.stringify(state) === JSON.stringify(actual)
    ? []
    : [`the audit log says ${JSON.stringify(state)}, the release ${JSON.stringify(actual)}`];
}

function isolatesNeverGoBack({ isolates }: World, all: readonly Release[]): string[] {
  return isolates.flatMap((isolate) => {
    const { serving } = isolate.line;
    if (!serving) return [];
    const { generation, signature } = serving.release;
    const known = all[generation - 1]?.signature === signature;
    const problems = known ? [] : [`an isolate serves a generation ${generation} that the registry never made`];
    if (generation < isolate.highest) problems.push(`an isolate went back from ${isolate.highest} to ${generation}`);
    isolate.highest = Math.max(isolate.highest, generation);
    return problems;
  });
}

function keyNeverGoesBack({ store, model }: World): string[] {
  const generations = (store.history.get(releaseKey(model)) ?? []).map(
    (text) => (JSON.parse(text ?? "null") as Release).generation,
  );
  return generations.every((generation, at) => generation >= (generations[at - 1] ?? 0)) ? [] : [`KV held ${generations.join()}`];
}

/** More than one simulated line ever leaves behind. */
const PUBLICATIONS_MAX = 100;

/** With nothing failing any more: the outbox is empty, and every isolate serves what the registry says. */
export async function checkAtRest(world: World): Promise<void> {
  const { chaos, isolates, clock } = world;
  chaos.calm();
  for (let round = 0; round < PUBLICATIONS_MAX && (await world.publishOnce()); round++);
  // Past the pause after a refusal.
  world.moveClock(60 * 60_000);
  for (const { line } of isolates) await line.refresh(clock);
  await checkInvariants(world);
  const newest = world.seen.at(-1);
  if (isolates.some(({ line }) => line.serving?.release.signature !== newest?.signature)) {
    const generations = isolates.map(({ line }) => line.serving?.release.generation ?? "none").join();
    throw new Error(`at rest the isolates serve generations ${generations}, the registry says ${newest?.generation ?? "none"}`);
  }
}
