/**
 * Fetches drift windows from the edge into the registry. Owns which hours are still to be asked for; what storing means is window-records.ts. A shard
 * that is silent is asked for the same hours again until it answers, and it keeps them for over a week.
 */
import { z } from "zod";
import { edgeWindowsAnswer, HOUR_MS, hourOf, type ShardWindowsReading } from "../../contract/drift-window.ts";
import { DRIFT_WINDOW_HOURS_ASKED_MAX, DRIFT_WINDOW_KEPT_HOURS } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { askEdge, type EdgeAddress, type EdgeFailure } from "../edge/ask-edge.ts";
import type { RegistryFailure } from "../failure.ts";
import type { Registry } from "../registry/database.ts";
import { deleteOldWindows, storeWindows } from "./window-records.ts";

export interface Collection {
  /** The edge's clock when it answered last. */
  edgeNow: Date;
  /** Shards that did not answer for some of the hours asked. */
  silentShards: number[];
}

export type CollectFailure = EdgeFailure | RegistryFailure;

export interface CollectTools {
  registry: Registry;
  edge: EdgeAddress;
  now: () => Date;
}

/** Collects what is new, and the hours since `sinceHour` whatever was collected of them before: a flush may come late. */
export type CollectWindows = (sinceHour?: number) => Promise<Result<Collection, CollectFailure>>;

const TIMEOUT_MS = 10_000;
/** Asked again although it is over: flushes come within seconds, and clocks differ by less. */
const HOURS_REPEATED = 1;

export function windowCollector({ registry, edge, now }: CollectTools): CollectWindows {
  /** Up to which hour each shard has told all, by shard. */
  const toldBefore = new Map<number, number>();
  let dayOfDeletion: string | undefined;

  return async function collectWindows(sinceHour = Infinity) {
    const at = now();
    const nowHour = hourOf(at.getTime());
    const toHour = nowHour + 2;
    const oldest = toHour - DRIFT_WINDOW_KEPT_HOURS;
    const untold = toldBefore.size === 0 ? oldest : Math.min(nowHour, ...toldBefore.values());
    const fromHour = Math.max(oldest, Math.min(untold - HOURS_REPEATED, sinceHour));
    const silent = new Set<number>();
    const answered = new Set<number>();
    let edgeNow = at;
    for (let hour = fromHour; hour < toHour; hour += DRIFT_WINDOW_HOURS_ASKED_MAX) {
      const hours = [hour, Math.min(hour + DRIFT_WINDOW_HOURS_ASKED_MAX, toHour)] as const;
      const asked = await askForHours(edge, hours);
      if (!asked.ok) return asked;
      edgeNow = asked.value.edgeNow;
      for (const reading of asked.value.readings) {
        if ("silent" in reading) {
          silent.add(reading.shard);
          continue;
        }
        answered.add(reading.shard);
        if (reading.windows.length === 0) continue;
        const stored = await registry.write(async (db) => succeed(await storeWindows(db, reading, hours, at)));
        if (!stored.ok) return stored;
      }
    }
    for (const shard of silent) if (!toldBefore.has(shard)) toldBefore.set(shard, fromHour);
    for (const shard of answered) if (!silent.has(shard)) toldBefore.set(shard, nowHour);
    // A shard that the edge no longer has would hold everything back for ever.
    for (const shard of toldBefore.keys()) if (!silent.has(shard) && !answered.has(shard)) toldBefore.delete(shard);
    // By the earlier of two clocks: one that jumped ahead must not delete what is not old.
    const surely = new Date(Math.min(at.getTime(), edgeNow.getTime()));
    const day = surely.toISOString().slice(0, 10);
    if (day !== dayOfDeletion) {
      await registry.write(async (db) => succeed(await deleteOldWindows(db, surely)));
      dayOfDeletion = day;
    }
    return succeed({ edgeNow, silentShards: [...silent].toSorted((a, b) => a - b) });
  };
}

async function askForHours(
  edge: EdgeAddress,
  [fromHour, toHour]: readonly [number, number],
): Promise<Result<{ edgeNow: Date; readings: ShardWindowsReading[] }, EdgeFailure>> {
  const [from, to] = [fromHour, toHour].map((hour) => new Date(hour * HOUR_MS).toISOString());
  const asked = await askEdge(edge, `/internal/windows?from=${from}&to=${to}`, TIMEOUT_MS);
  if (!asked.ok) return asked;
  const answer = edgeWindowsAnswer.safeParse(asked.value);
  if (!answer.success) return fail({ reason: "unreadable", detail: z.prettifyError(answer.error).slice(0, 200) });
  return succeed({ edgeNow: new Date(answer.data.now), readings: answer.data.shards });
}
