/**
 * Runs the turns of the drift schedule that are due. What was done is in the registry and nowhere else: a turn has one report (a unique index), so
 * one that was cut off is done again and one that was done is not, whoever kills the process when.
 *
 * A turn is due when our clock and the edge's are both past it: a clock that jumps ahead brings nothing forward, one that jumps back repeats nothing.
 * Missed turns are caught up, each over its own hours. While a shard is silent a turn waits for it, for an hour; then the report names the shard.
 */
import type { Logger } from "pino";
import { HOUR_MS } from "../../contract/drift-window.ts";
import { succeed } from "../../contract/result.ts";
import type { Registry } from "../registry/database.ts";
import { models } from "../registry/schema.ts";
import type { Collection } from "./collect-windows.ts";
import { insertReport, lastTurn } from "./report-records.ts";
import { lookAt, versionAt, type DriftTools } from "./run-drift.ts";
import { dueTurns, hoursOfTurn, type DriftSchedule } from "./schedule.ts";

/** How long a turn waits for a shard that does not answer. */
const SHARD_WAIT_MS = HOUR_MS;
const BY_NAME = "schedule";

export interface TurnTools extends DriftTools {
  schedule: DriftSchedule;
  log: Logger;
}

interface Turn {
  model: string;
  turn: Date;
}

/** A function that collects what is new and runs what is due; answers how many reports it made. */
export function turnRunner(tools: TurnTools): () => Promise<number> {
  const { registry, schedule, log, now } = tools;
  /** Turns in which a model had nothing to look at, so that they are not asked about every minute. */
  const passedOver = new Map<string, Date>();
  let isSilent = false;

  return async function runTurns() {
    const turns = await dueNow(registry, schedule, passedOver, now());
    const sinceHour = Math.min(...turns.map(({ turn }) => hoursOfTurn(schedule, turn).fromHour));
    const collected = await tools.collect(turns.length > 0 ? sinceHour : undefined);
    if (!collected.ok) {
      if (!isSilent) log.warn({ ...collected.failure }, "the edge's drift windows could not be collected");
      isSilent = true;
      return 0;
    }
    isSilent = false;
    let made = 0;
    for (const due of turns) {
      if (due.turn > collected.value.edgeNow) continue;
      if (collected.value.silentShards.length > 0 && now().getTime() - due.turn.getTime() < SHARD_WAIT_MS) continue;
      if (await runTurn(tools, collected.value, due)) made++;
      else passedOver.set(due.model, due.turn);
    }
    return made;
  };
}

/** False when there is nothing to look at: no version in production then, or one without a reference. */
async function runTurn(tools: TurnTools, collection: Collection, { model, turn }: Turn): Promise<boolean> {
  const { registry, schedule, log, now } = tools;
  const hours = hoursOfTurn(schedule, turn);
  const made = await registry.read(async (db) => {
    const version = await versionAt(db, model, undefined, new Date(hours.toHour * HOUR_MS));
    if (!version.ok) return version;
    const look = { model, version: version.value, ...hours, region: undefined, scheduledFor: turn, byName: BY_NAME };
    return lookAt(db, tools, collection, { ...look, origin: "scheduled" });
  });
  if (!made.ok) return false;
  const stored = await registry.write(async (db) => succeed(await insertReport(db, made.value, now())));
  if (!stored.ok) throw new Error(`the drift report of ${model} could not be stored: ${stored.failure.reason}`);
  const { windowFrom, windowTo, report } = made.value;
  log.info({ model, report: stored.value, windowFrom, windowTo, currentRows: report.current_size }, "looked for drift");
  return true;
}

async function dueNow(
  registry: Registry,
  schedule: DriftSchedule,
  passedOver: ReadonlyMap<string, Date>,
  now: Date,
): Promise<Turn[]> {
  return registry.read(async (db) => {
    const known = await db.select().from(models).orderBy(models.name);
    const turns: Turn[] = [];
    for (const { name, createdAt } of known) {
      const done = (await lastTurn(db, name)) ?? new Date(createdAt);
      const after = new Date(Math.max(done.getTime(), passedOver.get(name)?.getTime() ?? -Infinity));
      for (const turn of dueTurns(schedule, after, now)) turns.push({ model: name, turn });
    }
    return turns;
  });
}
