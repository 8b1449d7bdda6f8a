/**
 * Looks at the edge at an interval and stores what happened between two looks. What a look is comes in as a function; what two looks say is
 * decided in roll-up.ts.
 */
import type { Logger } from "pino";
import { succeed } from "../../contract/result.ts";
import { repeat, type Repeating } from "../repeating.ts";
import type { Registry } from "../registry/database.ts";
import { deleteOldMinutes, recordMinutes } from "./minute-records.ts";
import { missedLook, rollUp, type Baseline, type EdgeSample } from "./roll-up.ts";

export interface SamplerTools {
  registry: Registry;
  /** Undefined, or a rejection: the look brought nothing, not even that the edge is down. */
  scrape: () => Promise<EdgeSample | undefined>;
  now: () => Date;
  log: Logger;
}

/** Looks at once and then every `everyMs`. */
export function startSampler({ everyMs, ...tools }: SamplerTools & { everyMs: number }): Repeating {
  return repeat(lookAndStore(tools), {
    everyMs,
    onFailure: (error) => tools.log.error({ error: String(error) }, "a look at the edge failed unexpectedly"),
  });
}

/** A function that looks once, and stores what happened since it was last called. */
export function lookAndStore({ registry, scrape, now, log }: SamplerTools): () => Promise<void> {
  let baseline: Baseline | undefined;
  let hourOfDeletion: number | undefined;

  return async function look() {
    const sample = await scrape().catch((error: unknown) => {
      log.warn({ error: String(error) }, "a look at the edge failed");
      return undefined;
    });
    const rolled = sample && rollUp(baseline, sample);
    if (rolled && !rolled.ok) log.warn({ refusal: rolled.failure }, "a look at the edge brought numbers that cannot be");
    const at = now();
    const hour = Math.floor(at.getTime() / 3_600_000);
    const stored = await registry.write(async (db) => {
      await recordMinutes(db, rolled?.ok ? rolled.value.minutes : [missedLook(at.getTime())]);
      if (hour !== hourOfDeletion) await deleteOldMinutes(db, at);
      return succeed(undefined);
    });
    if (!stored.ok) {
      // The baseline stays: the next look tells of this time too.
      log.warn({ reason: stored.failure.reason }, "a look at the edge could not be stored");
      return;
    }
    hourOfDeletion = hour;
    if (rolled?.ok) baseline = rolled.value.baseline;
  };
}
