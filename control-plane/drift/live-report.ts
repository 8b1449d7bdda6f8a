/**
 * What the counts of a window say of drift, as a report: the drift job's own, over the cells of the reference. PSI is to the last digit what the rows
 * themselves would give; KS is bounded, and decided by its lower bound (drift-job/compare/compare-counts.ts). Pure.
 */
import { PREDICTION } from "../../contract/drift-reference.ts";
import type { DriftReport } from "../../contract/drift-report.ts";
import type { DriftRule } from "../../contract/drift-rule.ts";
import { buildReport } from "../../drift-job/compare/build-report.ts";
import { compareCounts } from "../../drift-job/compare/compare-counts.ts";
import { cellsOf, type VersionReference } from "./version-reference.ts";
import type { WindowSum } from "./window-records.ts";

export interface LiveReportInput {
  reference: VersionReference;
  version: string;
  current: WindowSum;
  window: { from: Date; to: Date; region: string | undefined };
  /** Shards whose part of the window is not in it. */
  silentShards: readonly number[];
  rule: DriftRule;
  now: Date;
}

export function liveReport({ reference, version, current, window, silentShards, rule, now }: LiveReportInput): DriftReport {
  const { model, layout, live, registered } = reference;
  const { from, to, region } = window;
  const notes = [
    live
      ? `The reference is live traffic from ${live.windowFrom} to ${live.windowTo}, made so because: ${live.reason}`
      : `The reference is the registered one: ${registered.source}`,
    `There were rows in ${current.hours} of the window's ${(to.getTime() - from.getTime()) / 3_600_000} hours.`,
  ];
  if (silentShards.length > 0) notes.push(`Not in it: what shard ${silentShards.join(", ")} counted, which did not answer.`);
  return buildReport({
    now,
    source: {
      kind: "live",
      model,
      version,
      from: from.toISOString(),
      to: to.toISOString(),
      ...(region === undefined ? {} : { region }),
    },
    referenceRows: live?.rows ?? registered.rows,
    currentRows: current.rows,
    rule,
    notes,
    features: layout.map((feature) => ({
      name: feature.name,
      role: feature.name === PREDICTION ? ("prediction" as const) : ("feature" as const),
      comparison: compareCounts(feature.reference, cellsOf(feature, current.counts)),
    })),
  });
}
