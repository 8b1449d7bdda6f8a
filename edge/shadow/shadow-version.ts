/** The shadow of a release as one isolate holds it: the version, and how its answers are compared with stable's. Pure. */
import type { Manifest } from "../../contract/manifest.ts";
import type { ShadowTolerance } from "../../contract/release.ts";
import type { LoadedVersion } from "../release/load-version.ts";

export interface ShadowVersion {
  readonly loaded: LoadedVersion;
  readonly tolerance: ShadowTolerance;
  /** Stable's input tensors are the shadow's too; else rows are encoded again for it. */
  readonly takesStableInputs: boolean;
}

export function shadowVersion(stable: LoadedVersion, loaded: LoadedVersion, tolerance: ShadowTolerance): ShadowVersion {
  return { loaded, tolerance, takesStableInputs: inputsOf(stable.manifest) === inputsOf(loaded.manifest) };
}

const inputsOf = ({ inputs }: Manifest): string =>
  JSON.stringify(inputs.map(({ name, datatype, shape, features, missing }) => [name, datatype, shape, features, missing]));
