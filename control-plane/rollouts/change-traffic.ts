/** Releases that leave the production version as it is: a canary or a shadow begins, changes or ends, an error model comes to a version. Within the caller's transaction, by the same outbox as every release. */
import type { CanaryTarget, Release, ReleaseTarget, ShadowTarget } from "../../contract/release.ts";
import type { Queries } from "../registry/database.ts";
import { publishRelease } from "../releases/enter-production.ts";
import type { ReleaseKey } from "../releases/release-key.ts";

export interface TrafficChange {
  /** The same version with another error model. */
  stable?: ReleaseTarget;
  canary?: CanaryTarget | null;
  shadow?: ShadowTarget | null;
}

export interface ChangedTraffic {
  release: Release;
  outboxId: number;
}

/** What is not named stays as in `current`. */
export async function changeTraffic(
  db: Queries,
  key: ReleaseKey,
  now: Date,
  current: Release,
  change: TrafficChange,
): Promise<ChangedTraffic> {
  const { signature: _, ...unsigned } = current;
  const release = key.signRelease({ ...unsigned, ...change, generation: current.generation + 1, issuedAt: now.toISOString() });
  return { release, outboxId: await publishRelease(db, release, now) };
}
