/**
 * What the edge has counted of the predictions of a rollout's two versions, from the drift windows that the registry has collected (drift/): a minute or so old, whole
 * hours. So, as with the other counts, only what they rose by since the step's first look is evidence. Reads only; judge-predictions.ts judges.
 */
import { PREDICTION } from "../../contract/drift-reference.ts";
import { HOUR_MS, hourOf } from "../../contract/drift-window.ts";
import { cellsOf, versionReference } from "../drift/version-reference.ts";
import { sumWindows } from "../drift/window-records.ts";
import type { Queries } from "../registry/database.ts";
import type { PredictionBaseline } from "./baseline.ts";
import type { CountedPredictions } from "./distribution-distance.ts";
import type { PredictionEvidence } from "./judge-predictions.ts";
import type { RolloutRow } from "./rollout-records.ts";

type Arm = keyof PredictionBaseline;

export async function predictionBaseline(db: Queries, row: RolloutRow, now: Date): Promise<PredictionBaseline> {
  const countsOf = async (arm: Arm): Promise<number[] | null> => (await counted(db, row, arm, now))?.counts.slice() ?? null;
  return { stable: await countsOf("stable"), canary: await countsOf("canary") };
}

export async function predictionEvidence(db: Queries, row: RolloutRow, now: Date): Promise<PredictionEvidence> {
  // Who is in the cohort may send other rows than who is not.
  if (row.plan.cohort) return { why: "the canary answers callers of some places only, stable those of all" };
  const before = row.baseline?.predictions;
  if (before === undefined) return { why: "it is not known where this step's counts begin" };
  const [stable, canary] = [await counted(db, row, "stable", now), await counted(db, row, "canary", now)];
  if (stable === undefined || canary === undefined) {
    const version = stable === undefined ? row.stableNumber : row.number;
    return { why: `v${version} was registered without a reference of its prediction, so the edge does not count it` };
  }
  const rises = [riseOf(stable, before.stable), riseOf(canary, before.canary)];
  const [stableRise, canaryRise] = rises;
  if (!stableRise || !canaryRise) return { why: "counts of this step have fallen" };
  return { stable: stableRise, canary: canaryRise };
}

// --- Not exported ---

/** Since the hour in which the rollout began; the hour under way is among it, and the next, which an isolate's clock may have come to. */
async function counted(db: Queries, row: RolloutRow, arm: Arm, now: Date): Promise<CountedPredictions | undefined> {
  const { model, startedAt } = row;
  const number = arm === "stable" ? row.stableNumber : row.number;
  const known = await versionReference(db, model, `v${number}`);
  const feature = known.ok ? known.value.layout.find(({ name }) => name === PREDICTION) : undefined;
  if (!known.ok || !feature) return undefined;
  const { manifestSha256 } = known.value;
  const [fromHour, toHour] = [Math.floor(Date.parse(startedAt) / HOUR_MS), hourOf(now.getTime()) + 2];
  const { counts } = await sumWindows(db, { model, number, manifestSha256, fromHour, toHour });
  return { reference: feature.reference, counts: cellsOf(feature, counts) };
}

function riseOf({ reference, counts }: CountedPredictions, before: readonly number[] | null): CountedPredictions | undefined {
  const rise = counts.map((count, cell) => count - (before?.[cell] ?? Number.NaN));
  return rise.every((count) => count >= 0) ? { reference, counts: rise } : undefined;
}
