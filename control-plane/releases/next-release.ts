/** From the current release and an act to the next one, not yet signed. Pure. */
import { RELEASE_SCHEMA, type Release, type ReleaseTarget, type UnsignedRelease } from "../../contract/release.ts";

export interface ReleaseAct {
  act: "promote" | "rollback";
  model: string;
  target: ReleaseTarget;
  now: Date;
}

/**
 * The release after `current`: always one generation higher, also when it brings an old version back. A canary ends with either act. A
 * shadow outlives a promotion unless it was the one promoted; a rollback drops it too, so that what follows an incident is the plain
 * state that was known to work.
 */
export function nextRelease(current: Release | undefined, { act, model, target, now }: ReleaseAct): UnsignedRelease {
  const shadow = act === "promote" && current?.shadow?.version !== target.version ? (current?.shadow ?? null) : null;
  return {
    schema: RELEASE_SCHEMA,
    model,
    generation: (current?.generation ?? 0) + 1,
    issuedAt: now.toISOString(),
    stable: target,
    canary: null,
    shadow,
  };
}
