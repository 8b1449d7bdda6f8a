/** Why a publication did not succeed this time, and the sentence that the outbox row keeps of it. */
import { storageFailureSentence, type StorageFailure } from "../cloudflare/edge-storage.ts";

export type PublishFailure =
  | { reason: "storage"; failure: StorageFailure }
  | { reason: "artifact_not_on_disk"; path: string }
  | { reason: "object_differs"; key: string; expectedSha256: string; gotSha256: string | null }
  | { reason: "value_differs"; key: string }
  /** KV has a release of ours that the registry does not know: the registry is an old copy. */
  | { reason: "generation_behind"; key: string; generation: number; publishedGeneration: number }
  /** Not an error: a newer row took over, or the process is stopping. */
  | { reason: "given_up" };

export function publishFailureSentence(failure: PublishFailure): string {
  switch (failure.reason) {
    case "storage":
      return storageFailureSentence(failure.failure);
    case "artifact_not_on_disk":
      return `R2 does not have the artifact and there is none at ${failure.path}`;
    case "object_differs":
      return `R2 has ${failure.gotSha256 ?? "nothing"} under ${failure.key} after an upload of ${failure.expectedSha256}`;
    case "value_differs":
      return `KV does not show the new value of ${failure.key} yet`;
    case "generation_behind":
      return (
        `KV holds generation ${failure.publishedGeneration} of ${failure.key}, signed with this key but unknown to the registry, whose newest ` +
        `is ${failure.generation}: restore the newer registry, or delete the key and roll out again`
      );
    case "given_up":
      return "given up for a newer release or because the control plane is stopping";
  }
}

/** What the other side asked to wait, if it did. */
export function retryAfterMsOf(failure: PublishFailure): number | null {
  return failure.reason === "storage" && "retryAfterMs" in failure.failure ? failure.failure.retryAfterMs : null;
}
