/**
 * Looks at one version's live traffic over a span and stores the report: for a person who asks, or for a turn of the schedule. What the counts say is
 * live-report.ts; when a turn is due, run-turns.ts.
 */
import type { DriftRule } from "../../contract/drift-rule.ts";
import { HOUR_MS, hourOf } from "../../contract/drift-window.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { DriftOrigin, DriftReportAnswer, LiveDriftBody } from "../api/drift-schemas.ts";
import type { DriftFailure, LookupFailure, RegistryFailure } from "../failure.ts";
import type { Caller } from "../registry/audit.ts";
import type { Queries, Registry } from "../registry/database.ts";
import { readHistory } from "../registry/history.ts";
import type { CollectWindows, Collection } from "./collect-windows.ts";
import { liveReport } from "./live-report.ts";
import { insertReport, showReport, type NewReport } from "./report-records.ts";
import { versionReference } from "./version-reference.ts";
import { sumWindows } from "./window-records.ts";

export interface DriftTools {
  registry: Registry;
  collect: CollectWindows;
  rule: DriftRule;
  now: () => Date;
}

export interface LookAt {
  model: string;
  version: string;
  fromHour: number;
  toHour: number;
  region: string | undefined;
  origin: DriftOrigin;
  scheduledFor: Date | null;
  byName: string;
}

type Failure = DriftFailure | LookupFailure | RegistryFailure;

/** Answers a person: the newest windows are fetched first, and the report is stored. */
export async function driftNow(
  tools: DriftTools,
  caller: Caller,
  model: string,
  body: LiveDriftBody,
): Promise<Result<DriftReportAnswer, Failure>> {
  const { registry, now } = tools;
  // The hour under way belongs to what a person means by "the last day".
  const toHour = body.to === undefined ? hourOf(now().getTime()) + 1 : Date.parse(body.to) / HOUR_MS;
  const fromHour = toHour - body.hours;
  const chosen = await registry.read((db) => versionAt(db, model, body.version, now()));
  if (!chosen.ok) return chosen;
  const known = await registry.read((db) => versionReference(db, model, chosen.value));
  if (!known.ok) return known;
  const collection = await tools.collect(fromHour);
  if (!collection.ok) {
    return fail(
      "attempts" in collection.failure ? collection.failure : { reason: "edge_silent", detail: collection.failure.detail },
    );
  }
  const byName = caller.actor.name;
  const look: LookAt = {
    model,
    version: chosen.value,
    fromHour,
    toHour,
    region: body.region,
    origin: "manual",
    scheduledFor: null,
    byName,
  };
  const made = await registry.read((db) => lookAt(db, tools, collection.value, look));
  if (!made.ok) return made;
  const stored = await registry.write(async (db) => succeed(await insertReport(db, made.value, now())));
  if (!stored.ok) return stored;
  return registry.read((db) => showReport(db, stored.value as number));
}

/** The report of a span, not yet stored. */
export async function lookAt(
  db: Queries,
  { rule, now }: Pick<DriftTools, "rule" | "now">,
  { silentShards }: Collection,
  look: LookAt,
): Promise<Result<NewReport, DriftFailure | LookupFailure>> {
  const { model, version, fromHour, toHour, region, origin, scheduledFor, byName } = look;
  const reference = await versionReference(db, model, version);
  if (!reference.ok) return reference;
  const { number, manifestSha256 } = reference.value;
  const current = await sumWindows(db, { model, number, manifestSha256, region, fromHour, toHour });
  const [windowFrom, windowTo] = [new Date(fromHour * HOUR_MS), new Date(toHour * HOUR_MS)];
  const report = liveReport({
    reference: reference.value,
    version,
    current,
    window: { from: windowFrom, to: windowTo, region },
    silentShards,
    rule,
    now: now(),
  });
  return succeed({
    model,
    number,
    origin,
    scheduledFor,
    windowFrom,
    windowTo,
    region: region ?? null,
    report,
    createdByName: byName,
  });
}

/** The version asked for, else the one in production at a time. */
export async function versionAt(
  db: Queries,
  model: string,
  asked: string | undefined,
  at: Date,
): Promise<Result<string, DriftFailure | LookupFailure>> {
  if (asked !== undefined) return succeed(asked);
  const history = await readHistory(db, model, { at: at.toISOString(), limit: 1 });
  if (!history.ok) return history;
  const version = history.value.productionAt?.version;
  return version ? succeed(version) : fail({ reason: "nothing_in_production", model, at: at.toISOString() });
}
