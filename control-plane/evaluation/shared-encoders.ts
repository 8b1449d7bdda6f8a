/** Encoders of versions that are given the same batches: versions with the same inputs share one, and a batch is encoded once for all of them. Pure. */
import { instanceEncoder, type InstanceEncoder } from "../../contract/instances.ts";
import type { ManifestInput } from "../../contract/manifest.ts";

/** Answers the encoder for a version's inputs. A batch is the same as the last one where it is the same array. */
export function sharedEncoders(): (inputs: readonly ManifestInput[]) => InstanceEncoder {
  const encoders = new Map<string, InstanceEncoder>();
  return function encoderFor(inputs) {
    const key = JSON.stringify(inputs);
    const encode = encoders.get(key) ?? keepingTheLast(instanceEncoder(inputs));
    encoders.set(key, encode);
    return encode;
  };
}

function keepingTheLast(encode: InstanceEncoder): InstanceEncoder {
  let last: { batch: readonly unknown[]; encoded: ReturnType<InstanceEncoder> } | undefined;
  return (batch) => {
    if (last?.batch !== batch) last = { batch, encoded: encode(batch) };
    return last.encoded;
  };
}
